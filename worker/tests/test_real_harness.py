"""The real lm-evaluation-harness of the lock, on the tiny student and a local data file: no hub."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from conftest import WORKER, smt_job
from harness_step import Harness

from smt_job.environment import ready_environment
from smt_job.events import gpu_inventory
from smt_job.problem import CANCELLED, FAILED
from smt_job.student import Student


def real_environment() -> Path | None:
    own = os.environ.pop("SMT_WORKER_PYTHON", None)
    try:
        return ready_environment("lm-eval", bool(gpu_inventory()))
    finally:
        if own is not None:
            os.environ["SMT_WORKER_PYTHON"] = own


needs_harness = pytest.mark.skipif(
    real_environment() is None,
    reason="the environment of lm-evaluation-harness is not made here: python3 -m smt_job environment --extra lm-eval",
)

GATES = """
task: {name}
dataset_path: json
dataset_kwargs: {{data_files: {{test: {data}}}}}
test_split: test
output_type: multiple_choice
doc_to_text: "{{{{question}}}}"
doc_to_choice: "{{{{choices}}}}"
doc_to_target: {target}
metric_list:
  - {{metric: acc, aggregation: mean, higher_is_better: true}}
  - {{metric: acc_norm, aggregation: !function code.nothing, higher_is_better: true}}
metadata: {{version: 1.0}}
"""
CODE = """
import sys, time
from pathlib import Path

def nothing(items):
    return float("nan")

def leave(doc):
    sys.exit(0)

def linger(doc):
    Path("lingers").touch()
    time.sleep(120)
"""


class RealHarness(Harness):
    """The worker's verb as a backend starts it, with the harness of the lock."""

    def __init__(self, folder: Path, student: Path):
        super().__init__(folder, student)
        rows = [
            {"question": f"the gate of house {at} is", "choices": ["red", "blue", "green"], "gold": at * 7 % 3}
            for at in range(12)
        ]
        self.rows = rows
        self.data("questions.jsonl")
        (self.folder / "tasks" / "code.py").write_text(CODE)

    def data(self, name: str) -> None:
        (self.folder / name).write_text("".join(json.dumps(row) + "\n" for row in self.rows))

    def task(self, name: str, data: str = "questions.jsonl", target: str = "gold") -> None:
        (self.folder / "tasks" / f"{name}.yaml").write_text(GATES.format(name=name, data=data, target=target))

    def environment(self) -> dict[str, str]:
        hidden = {"SMT_WORKER_PYTHON": "", "HF_DATASETS_CACHE": str(self.folder.parent / "cache")}
        return {**hidden, "HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"}

    def verb(self, *tasks: str, options: tuple[str, ...] = ()) -> int:
        ran = smt_job("harness", *self.arguments(tasks, *options), env=self.environment())
        self.log.write_text(ran.stdout + ran.stderr)
        return ran.returncode

    def expected(self, questions: int) -> float:
        """Accuracy by the log-likelihood of " <choice>" after the question, computed directly."""
        model = Student(self.student, "cpu", "fp32")
        right = 0
        for row in self.rows[:questions]:
            asked = model.tokenizer(row["question"], add_special_tokens=False)["input_ids"]
            sums = []
            for choice in row["choices"]:
                ids = model.tokenizer(f"{row['question']} {choice}", add_special_tokens=False)["input_ids"]
                with torch.no_grad():
                    logs = model.model(torch.tensor([ids])).logits[0].log_softmax(-1)
                sums.append(sum(float(logs[at - 1, ids[at]]) for at in range(len(asked), len(ids))))
            right += sums.index(max(sums)) == row["gold"]
        return right / questions


@pytest.fixture
def real(tmp_path, student) -> RealHarness:
    return RealHarness(tmp_path, student)


@needs_harness
def test_the_real_harness_asks_a_local_task_says_what_is_broken_and_goes_on(real):
    real.task("gates")
    real.task("broken", data="nowhere.jsonl")
    real.task("leaves", target="!function code.leave")
    assert real.verb("gates", "broken", "leaves", options=("--limit", "8")) == FAILED, real.words()
    assert real.problem()["message"].startswith("Task broken could not be run: ")
    assert "nowhere.jsonl" in real.problem()["message"]

    written = real.results("gates")
    figures = written["results"]["gates"]
    accuracy = real.expected(8)
    assert 0 < accuracy < 1, "else nothing is shown"
    assert figures["acc,none"] == pytest.approx(accuracy)
    assert figures["acc_stderr,none"] == pytest.approx(math.sqrt(accuracy * (1 - accuracy) / 7))
    assert math.isnan(figures["acc_norm,none"])
    assert written["n-samples"]["gates"] == {"original": 12, "effective": 8}
    assert written["lm_eval_version"] == "0.4.13"
    assert len(written["task_hashes"]["gates"]) == 64
    [samples] = (real.output / "gates").glob("samples_gates_*.jsonl")
    assert len(samples.read_text().splitlines()) == 8
    assert {name.split("/")[0] for name in real.tree()} == {"gates"}

    before = real.tree()
    real.data("nowhere.jsonl")
    assert real.verb("gates", "broken", "leaves", options=("--limit", "8")) == FAILED, real.words()
    assert real.problem()["message"] == "Task leaves could not be run: SystemExit: 0"
    assert "in leave" in real.words()
    after = real.tree()
    assert {name: content for name, content in after.items() if name.startswith("gates/")} == before
    # The same questions under another name, asked in another process: the same hash, and the same figure.
    again = real.results("broken")
    assert again["task_hashes"]["broken"] == written["task_hashes"]["gates"]
    assert again["results"]["broken"]["acc,none"] == figures["acc,none"]


@needs_harness
def test_the_real_harness_stops_within_a_task(real):
    real.task("lingers", target="!function code.linger")
    command = [sys.executable, "-m", "smt_job", "harness", *real.arguments(("lingers",))]
    environment = {**os.environ, "PYTHONPATH": str(WORKER), "PYTHONDONTWRITEBYTECODE": "1", **real.environment()}
    with open(real.log, "w") as log:
        child = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, env=environment)
    until = time.monotonic() + 200
    while not (real.folder / "lingers").exists():
        assert child.poll() is None and time.monotonic() < until, real.words()
        time.sleep(0.1)
    child.terminate()
    assert child.wait(60) == CANCELLED, real.words()
    assert real.tree() == {}
    assert real.said("error") == []
