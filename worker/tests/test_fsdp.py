"""The job over several devices, sharded with FSDP2: on processes of this CPU, as GPUs are not to be had everywhere."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
import torch
from conftest import WORKER, trained, until_checkpoint
from safetensors import safe_open

from smt_job.events import EventWriter

SHARDED = Path(__file__).parent / "fsdp_on_cpu.py"


def start(run) -> subprocess.Popen:
    """As the launcher does it: it writes the first event, torchrun starts the ranks."""
    EventWriter.start(run.folder, "train", {}).hand_over()
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    log = open(run.folder / "stdout.log", "ab")
    environment = {**os.environ, "PYTHONPATH": str(WORKER), "OMP_NUM_THREADS": "1"}
    return subprocess.Popen([*command, str(SHARDED), str(run.folder)], env=environment, stdout=log, stderr=log)


def trained_sharded(run):
    assert start(run).wait(240) == 0, run.log()[-3000:]
    assert run.of("done")[-1]["status"] == "succeeded"
    return run


def tensors(run) -> dict[str, torch.Tensor]:
    with safe_open(run.folder / "out" / "model" / "model.safetensors", "pt") as file:
        return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no dictionary


def test_shards_learn_what_one_process_learns_and_a_kill_changes_nothing(make_run):
    one = trained(make_run("one"))

    sharded = make_run("sharded", processes=2)
    job = start(sharded)
    until_checkpoint(sharded, job)
    # The ranks are sessions of their own.
    for process in [*psutil.Process(job.pid).children(recursive=True), job]:
        process.kill()
    job.wait()
    assert sharded.of("checkpoint") and not sharded.of("done"), sharded.log()[-3000:]
    trained_sharded(sharded)

    assert any("Resumed from checkpoint-" in event["msg"] for event in sharded.of("log", 2))
    assert sharded.losses() == pytest.approx(one.losses(), rel=1e-4)
    for values in ("num_tokens", "eval_loss"):
        ends = [run.of("metric")[-1]["values"][values] for run in (one, sharded)]
        assert ends[1] == pytest.approx(ends[0], rel=1e-4)
    # Whole, under the names that one process gives, tied weights once.
    expected, found = tensors(one), tensors(sharded)
    assert found.keys() == expected.keys()
    for name, tensor in found.items():
        assert torch.allclose(tensor, expected[name], atol=1e-4), name


def test_lora_over_shards_in_bf16_leaves_a_whole_model(make_run):
    from transformers import AutoModelForCausalLM

    run = trained_sharded(make_run(processes=2, update="lora", lora_rank=4, precision="bf16"))
    assert run.losses()[max(run.losses())] < run.losses()[1]
    assert run.manifest()["dtype"] == "bf16"
    AutoModelForCausalLM.from_pretrained(run.folder / "out" / "model")
    assert (run.folder / "out" / "adapter" / "adapter_config.json").exists()
