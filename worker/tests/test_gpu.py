"""What only a GPU can show. `pytest tests/test_gpu.py` on a GPU host runs these alone; elsewhere they say why not."""

from __future__ import annotations

import json

import pytest
import torch
from conftest import smt_job

needs_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA GPU: bf16 with fp32 masters not shown")
needs_two = pytest.mark.skipif(torch.cuda.device_count() < 2, reason="fewer than two CUDA GPUs: FSDP2 not shown")


def trained(make_run, processes: int):
    run = make_run(processes=processes)
    ended = smt_job("run", str(run.folder))
    assert ended.returncode == 0, ended.stdout[-2000:] + ended.stderr[-2000:]
    return run


@needs_gpu
def test_bf16_compute_with_fp32_masters_on_one_gpu(make_run, dataset):
    run = trained(make_run, 1)
    assert run.manifest()["dtype"] == "bf16"
    assert run.of("metric")[-1]["values"]["num_tokens"] == 2 * dataset.manifest["train"]["tokens"]
    assert run.losses()[max(run.losses())] < run.losses()[1]
    assert run.of("hello")[0]["gpus"]


@needs_two
def test_fsdp2_on_two_gpus_sees_every_token_and_saves_a_whole_model(make_run, dataset):
    from transformers import AutoModelForCausalLM

    run = trained(make_run, 2)
    assert run.of("metric")[-1]["values"]["num_tokens"] == 2 * dataset.manifest["train"]["tokens"]
    AutoModelForCausalLM.from_pretrained(run.folder / "out" / "model")


@needs_gpu
def test_vllm_answers_a_batch(tmp_path, student):
    pytest.importorskip("vllm", reason="vLLM is in an environment of its own (extra generate)")
    line = {"custom_id": "a", "url": "/v1/completions", "body": {"model": "m", "prompt": "the gate", "max_tokens": 4}}
    (tmp_path / "in.jsonl").write_text(json.dumps(line) + "\n")
    out = tmp_path / "out.jsonl"
    ended = smt_job("batch", "--model", str(student), "--input", str(tmp_path / "in.jsonl"), "--output", str(out))
    assert ended.returncode == 0 and json.loads(out.read_text())["response"]["status_code"] == 200
