"""Tasks of lm-evaluation-harness on one model: names and folders, what is kept, what is said of a task that is broken.

The harness has an environment of its own, so a stand-in of the parts that the worker calls takes its place here;
`test_real_harness.py` runs the real one.
"""

from __future__ import annotations

import math
import os
import signal
import time
from collections.abc import Callable

import pytest
from harness_step import Harness, exit_of, install_stand_in

from smt_job.problem import BAD_INPUT, CANCELLED, DONE, FAILED


@pytest.fixture
def harness(tmp_path, student) -> Harness:
    return Harness(tmp_path, student)


def test_each_task_leaves_a_folder_of_its_name_and_is_told_as_progress(harness):
    assert harness.run("one", "two", options=("--limit", "3")) == DONE, harness.words()
    assert {name.split("/")[0] for name in harness.tree()} == {"one", "two"}
    assert harness.results("one")["about"]["limit"] == 3
    assert harness.results("one")["about"]["folder"] == str(harness.folder), "tasks name their files from there"
    progress = harness.said("progress")
    assert [(line["phase"], line["total"], line["unit"]) for line in progress] == [("guard", 2, "task")] * len(progress)
    assert [line["done"] for line in progress if line["message"].endswith("done")] == [1, 2]


def test_a_finished_task_is_not_run_again(harness):
    assert harness.run("one") == DONE, harness.words()
    before = harness.tree()

    def behave(task: str) -> dict:
        assert task == "two", "one is done"
        return {"acc,none": 0.25}

    assert harness.run("one", "two", behave=behave) == DONE, harness.words()
    assert {name: content for name, content in harness.tree().items() if name.startswith("one/")} == before
    assert harness.said("progress")[0]["done"] == 1
    # Where nothing is left, neither weights nor the harness are loaded.
    harness.student = harness.student.parent / "gone"
    assert harness.run("one", "two", behave=behave) == DONE, harness.words()
    assert harness.said("phase") == []
    assert [(line["done"], line["total"]) for line in harness.said("progress")] == [(2, 2)]


def test_what_a_killed_run_left_half_done_is_thrown_away(harness):
    half = harness.output / "one.part"
    half.mkdir(parents=True)
    (half / "results_0.json").write_text("half")
    assert harness.run("one") == DONE, harness.words()
    assert set(harness.tree()) == {"one/results_1.json", "one/samples_one_1.jsonl"}


def test_a_task_that_is_named_twice_is_run_once(harness):
    assert harness.run("one", "one") == DONE, harness.words()
    assert {line["total"] for line in harness.said("progress")} == {1}


@pytest.mark.parametrize(
    "name", ["..", ".", "../out", "/tmp/x", "a/b", "", "a b", "one.part", "model.json", "-x", "one\n"]
)
def test_a_name_that_is_no_folder_of_the_output_is_refused(harness, name):
    child = harness.start(harness.arguments((), f"--task={name}"), lambda: install_stand_in(lambda _: {"acc": 1}))
    assert exit_of(child) == BAD_INPUT, harness.words()
    assert repr(name) in harness.problem()["message"]
    assert not harness.output.exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--limit", "0"), "At most 0 questions"),
        (("--limit", "-3"), "At most -3 questions"),
        (("--include", "nowhere"), "nowhere is no folder"),
        (("--folder", "nowhere"), "nowhere is no folder"),
    ],
)
def test_arguments_that_cannot_be_meant_are_refused_before_anything_is_loaded(harness, options, words):
    assert harness.run("one", options=options) == BAD_INPUT, harness.words()
    assert words in harness.problem()["message"]
    assert harness.said("phase") == []


@pytest.mark.parametrize("left_out", ["--model", "--task", "--output", "--folder"])
def test_an_argument_that_is_missing_is_named(harness, left_out):
    arguments = harness.arguments(("one",))
    at = arguments.index(left_out)
    child = harness.start(arguments[:at] + arguments[at + 2 :], lambda: None)
    assert exit_of(child) == BAD_INPUT
    assert left_out in harness.words()


def test_a_task_that_nobody_has_is_named_before_any_is_run(harness):
    (harness.folder / "tasks" / "one.yaml").touch()
    child = harness.start(harness.arguments(("one", "none")), lambda: install_stand_in(lambda _: {"acc": 1}))
    assert exit_of(child) == BAD_INPUT, harness.words()
    assert harness.problem()["message"].startswith("lm-evaluation-harness has no task none, and no YAML file in ")
    assert harness.tree() == {}


def test_an_environment_without_the_harness_is_said_to_be_one(harness):
    """The training environment, which a person may have named with SMT_WORKER_PYTHON."""
    child = harness.start(harness.arguments(("one",)), lambda: None)
    assert exit_of(child) == FAILED
    problem = harness.problem()
    assert problem["code"] == "environment"
    assert "lm-eval 0.4.13" in problem["hint"]


def fails(error: BaseException) -> Callable[[str], dict]:
    def behave(task: str) -> dict:
        if task == "good":
            return {"acc,none": 0.5}
        raise error

    return behave


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ValueError("split test is not there"), "ValueError: split test is not there"),
        (ConnectionError("hub out of reach"), "hub out of reach"),
        # Code of a task may leave: with 0 it would pass for a success.
        (SystemExit(0), "SystemExit"),
        (MemoryError(), "Not enough memory"),
    ],
)
def test_a_broken_task_is_named_with_its_reason_and_others_are_kept(harness, error, words):
    assert harness.run("good", "bad", "later", behave=fails(error)) == FAILED
    problem = harness.problem()
    assert problem["code"] == "task_failed"
    assert problem["message"].startswith("Task bad could not be run: ")
    assert words in problem["message"]
    assert problem["retryable"] is True
    assert "in behave\n" in harness.words(), "the log has the line of the task's code"
    assert {name.split("/")[0] for name in harness.tree()} == {"good"}
    before = harness.tree()
    assert harness.run("good", "bad", "later") == DONE, harness.words()
    assert {name: content for name, content in harness.tree().items() if name.startswith("good/")} == before
    assert {name.split("/")[0] for name in harness.tree()} == {"good", "bad", "later"}


def test_a_task_whose_files_are_not_there_is_not_done(harness):
    """The harness only warns where it cannot write."""
    assert harness.run("one", writes=False) == FAILED
    assert harness.problem()["code"] == "unwritten"
    assert not (harness.output / "one").exists()


def test_a_figure_that_is_no_number_is_written_as_it_is(harness):
    assert harness.run("one", behave=lambda _: {"acc,none": 0.5, "bleu,none": math.nan}) == DONE, harness.words()
    [file] = (harness.output / "one").glob("results_*.json")
    assert '"bleu,none": NaN' in file.read_text()


def test_a_stop_leaves_the_task_at_hand_and_keeps_the_others(harness):
    for task in ("one", "slow"):
        (harness.folder / "tasks" / f"{task}.yaml").touch()

    def behave(task: str) -> dict:
        try:
            time.sleep(120 if task == "slow" else 0)
        except Exception:  # noqa: BLE001 - as the harness does it
            pytest.fail("a stop is no Exception")
        return {"acc,none": 0.5}

    child = harness.start(harness.arguments(("one", "slow")), lambda: install_stand_in(behave))
    until = time.monotonic() + 60
    while not any(line["message"] == "slow" for line in (harness.said("progress") if harness.log.exists() else [])):
        assert time.monotonic() < until, harness.words()
        time.sleep(0.05)
    os.kill(child, signal.SIGTERM)
    assert exit_of(child) == CANCELLED, harness.words()
    assert harness.said("error") == []
    assert {name.split("/")[0] for name in harness.tree()} == {"one"}


def test_processes_of_the_harness_end_of_a_term_and_tell_nothing(harness):
    """Its bootstrap ends a pool with TERM; what our process listens for must not be theirs."""

    def behave(_: str) -> dict:
        child = os.fork()
        if child == 0:
            time.sleep(60)
            os._exit(0)
        os.kill(child, signal.SIGTERM)
        return {"acc,none": 0.5, "ended_by": -exit_of(child)}

    assert harness.run("one", behave=behave) == DONE, harness.words()
    assert harness.results("one")["results"]["one"]["ended_by"] == signal.SIGTERM
    assert "Asked" not in harness.words()
