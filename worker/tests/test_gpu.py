"""What only a GPU can show. `pytest tests/test_gpu.py` on a GPU host runs these alone; elsewhere they say why not.

The arms that are compared run in processes of their own; the CPU's is the same job with the GPU hidden from it.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import pytest
import torch
from conftest import WORKER, smt_job, trained, until_checkpoint

needs_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA GPU: the GPU paths are not shown")
needs_two = pytest.mark.skipif(torch.cuda.device_count() < 2, reason="fewer than two CUDA GPUs: FSDP2 over NCCL not shown (test_fsdp.py shows it over gloo)")
HIDDEN = {"CUDA_VISIBLE_DEVICES": ""}
PROMPTS = ["the gate of", "Maria and her brother Tom", "in spring the old red house", "blue"]


@needs_gpu
def test_bf16_compute_with_fp32_masters(make_run, dataset):
    run = trained(make_run())
    assert run.manifest()["dtype"] == "bf16"
    assert run.of("metric")[-1]["values"]["num_tokens"] == 2 * dataset.manifest["train"]["tokens"]
    assert run.losses()[max(run.losses())] < run.losses()[1]
    assert run.of("hello")[0]["gpus"]


@needs_gpu
@pytest.mark.parametrize("packing", ["wrapped", "bfd_split"])
def test_losses_in_fp32_are_those_of_the_cpu(make_run, packing):
    """Also that packed rows stay masked from each other on a GPU, whose attention is another kernel."""
    here = trained(make_run("gpu", packing=packing, precision="fp32", epochs=1))
    there = trained(make_run("cpu", packing=packing, precision="fp32", epochs=1), HIDDEN)
    assert "1 GPU" in " ".join(e["msg"] for e in here.of("log"))
    assert "CPU" in " ".join(e["msg"] for e in there.of("log"))
    assert here.losses() == pytest.approx(there.losses(), rel=1e-3)


@needs_gpu
def test_killed_and_resumed_it_ends_as_an_unbroken_run(make_run):
    unbroken = trained(make_run("unbroken"))
    broken = make_run("broken")
    environment = {**os.environ, "PYTHONPATH": str(WORKER), "SMT_WORKER_PYTHON": sys.executable}
    job = subprocess.Popen([sys.executable, "-m", "smt_job", "run", str(broken.folder)], env=environment)
    until_checkpoint(broken, job)
    job.send_signal(signal.SIGKILL)
    job.wait()
    trained(broken)
    assert broken.status()["attempt"] == 2 and "resumed_from" in broken.of("hello", 2)[0]
    for values in ("num_tokens", "eval_loss"):
        ends = [run.of("metric")[-1]["values"][values] for run in (unbroken, broken)]
        assert ends[1] == pytest.approx(ends[0], rel=1e-3)


@needs_gpu
def test_lora_holds_frozen_weights_in_bf16_and_leaves_a_whole_model(make_run):
    from transformers import AutoModelForCausalLM

    run = trained(make_run(update="lora", lora_rank=4))
    assert run.losses()[max(run.losses())] < run.losses()[1]
    AutoModelForCausalLM.from_pretrained(run.folder / "out" / "model")


@needs_gpu
def test_batch_answers_and_scores_are_those_of_the_cpu(tmp_path, student):
    """Through transformers, where vLLM is not in the environment."""
    lines = []
    for number, prompt in enumerate(PROMPTS):
        greedy = {"model": "m", "prompt": prompt, "max_tokens": 6, "temperature": 0}
        lines.append({"custom_id": f"answer-{number}", "url": "/v1/completions", "body": greedy})
        choices = {"model": "m", "prompt": prompt, "choices": [" red", " a green garden"]}
        lines.append({"custom_id": f"score-{number}", "url": "/v1/smt/score", "body": choices})
    (tmp_path / "in.jsonl").write_text("".join(json.dumps({"method": "POST", **line}) + "\n" for line in lines))
    answers = {}
    for device in ("cuda", "cpu"):
        out = tmp_path / f"{device}.jsonl"
        files = ["--input", str(tmp_path / "in.jsonl"), "--output", str(out)]
        ended = smt_job("batch", "--model", str(student), *files, "--device", device, "--dtype", "fp32")
        assert ended.returncode == 0, ended.stdout[-2000:] + ended.stderr[-2000:]
        rows = [json.loads(line) for line in out.read_text().splitlines()]
        answers[device] = {row["custom_id"]: row["response"]["body"] for row in rows}
    assert len(answers["cuda"]) == len(lines)
    for name, body in answers["cuda"].items():
        twin = answers["cpu"][name]
        if name.startswith("score"):
            sums = [[choice["sum"] for choice in each["choices"]] for each in (body, twin)]
            assert sums[0] == pytest.approx(sums[1], rel=1e-4)
        else:
            assert body["choices"][0]["text"] == twin["choices"][0]["text"]


@needs_two
def test_fsdp2_on_two_gpus_sees_every_token_and_saves_a_whole_model(make_run, dataset):
    from transformers import AutoModelForCausalLM

    run = trained(make_run(processes=2))
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
