"""`harness`, inside its environment: tasks of lm-evaluation-harness on one model, a folder of its files for each.

A task's folder appears whole, by a rename: one that is there is finished and is not run again. Task YAML may name code
(`!function`), which runs here: whoever starts this has been asked.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import sys
import time
import traceback
from pathlib import Path

from .launch import ENDINGS, listen
from .marked import reported, say
from .problem import CANCELLED, DONE, Problem, bad_input, describe

# The same for base and trained, so that padding is the same too.
ROWS = 8
SAY_EVERY_S = 1.0
# For standard errors of metrics that are no means (f1): the harness's 100,000 take minutes for a handful of questions; of
# a tenth the standard error itself is uncertain by 0.7 %.
RESAMPLES = 10_000
# A task's name becomes a folder: inside the output, and taken neither for a draft nor for a file that lies there.
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]{0,99}(?<!\.part)(?<!\.json)")


class Asked(BaseException):
    """A stop was asked for. No `Exception`: the harness catches those while it writes."""


def _stop(*_: object) -> None:
    raise Asked


def _leave_children_alone() -> None:
    """The harness's bootstrap ends its pool with TERM: its processes shall end of it, and not tell of a stop."""
    if os.name != "posix":
        return

    def mask(how: int) -> None:
        signal.pthread_sigmask(how, ENDINGS)

    def become_a_child() -> None:
        for number in ENDINGS:
            signal.signal(number, signal.SIG_DFL)
        mask(signal.SIG_UNBLOCK)

    # Held back meanwhile: a child that is ended as soon as it is there must not lose that.
    os.register_at_fork(
        before=lambda: mask(signal.SIG_BLOCK),
        after_in_parent=lambda: mask(signal.SIG_UNBLOCK),
        after_in_child=become_a_child,
    )


def _check(arguments: argparse.Namespace) -> None:
    strange = [task for task in arguments.tasks if not NAME.fullmatch(task)]
    if strange:
        raise bad_input(f"These are no names of tasks: {', '.join(map(repr, strange))}.")
    if arguments.limit is not None and arguments.limit < 1:
        raise bad_input(f"At most {arguments.limit} questions a task leaves none.", "Ask for at least one.")
    for folder in (arguments.folder, arguments.include):
        if folder is not None and not folder.is_dir():
            raise bad_input(f"{folder} is no folder.")


class Tally:
    """Progress as marked lines: tasks done, and in words how far the one at hand is."""

    def __init__(self, total: int, done: int):
        self.total, self.done, self.task, self._last = total, done, "", 0.0

    def begin(self, task: str) -> None:
        self.task = task
        self.tell(task)

    def end(self) -> None:
        self.done += 1
        self.tell(f"{self.task}: done")

    def requests(self, done: float, total: float | None) -> None:
        if time.monotonic() - self._last >= SAY_EVERY_S:
            self.tell(f"{self.task}: {int(done)} of {int(total or 0)} requests")

    def tell(self, words: str) -> None:
        self._last = time.monotonic()
        say(type="progress", phase="guard", done=self.done, total=self.total, unit="task", message=words)


def work(arguments: argparse.Namespace) -> int:
    _check(arguments)
    tasks = list(dict.fromkeys(arguments.tasks))
    output: Path = arguments.output.resolve()
    output.mkdir(parents=True, exist_ok=True)
    pending = [task for task in tasks if not (output / task).exists()]
    tally = Tally(len(tasks), len(tasks) - len(pending))
    if not pending:
        tally.tell("All tasks are done.")
        return DONE
    say(type="phase", name="load")
    try:
        from lm_eval.models import huggingface
        from lm_eval.tasks import TaskManager
    except ImportError as error:
        raise Problem(
            "environment",
            f"lm-evaluation-harness is not in this Python environment: {error}",
            "Install lm-eval 0.4.13 where SMT_WORKER_PYTHON points to, or unset it: the environment is then made.",
        ) from error
    model = Path(arguments.model).resolve()
    include = None if arguments.include is None else arguments.include.resolve()
    # Tasks name their files as the harness does: relative to the working folder.
    os.chdir(arguments.folder)
    manager = TaskManager(include_path=None if include is None else str(include))
    missing = [task for task in pending if task not in manager.all_tasks]
    if missing:
        where = "" if include is None else f", and no YAML file in {include} names it"
        raise bad_input(
            f"lm-evaluation-harness has no task {', '.join(missing)}{where}.",
            "evaluation.general.lm_eval.tasks takes its names, or those of the YAML files under include_path.",
        )
    from .student import Student

    student = Student(model)
    _tell_requests(huggingface, tally)
    subject = huggingface.HFLM(pretrained=student.model, tokenizer=student.tokenizer, batch_size=ROWS)
    for task in pending:
        tally.begin(task)
        _run(task, subject, manager, output, arguments.limit, model)
        tally.end()
    return DONE


def _run(task: str, subject, manager, output: Path, limit: int | None, model: Path) -> None:
    from lm_eval.evaluator import simple_evaluate
    from lm_eval.loggers import EvaluationTracker

    draft = output / f"{task}.part"
    shutil.rmtree(draft, ignore_errors=True)
    # With a file's name the harness puts results and samples beside each other, under no name of the model's path.
    tracker = EvaluationTracker(output_path=str(draft / "results.json"))
    try:
        results = simple_evaluate(
            model=subject,
            model_args={"pretrained": str(model)},
            tasks=[task],
            task_manager=manager,
            limit=limit,
            evaluation_tracker=tracker,
            log_samples=True,
            bootstrap_iters=RESAMPLES,
        )
    # Data sets, templates and code of tasks fail in ways of their own; one that leaves with 0 would pass for a success.
    except (Exception, SystemExit) as error:  # noqa: BLE001
        # For the log: which line of a task's own code it was.
        traceback.print_exc()
        raise Problem(
            "task_failed",
            f"Task {task} could not be run: {describe(error).message}",
            "Its data set may be out of reach, or its YAML or code wrong. Tasks that are done are kept.",
        ) from error
    samples = results.pop("samples")
    tracker.save_results_aggregated(results=results, samples=samples)
    for name, lines in samples.items():
        tracker.save_results_samples(task_name=name, samples=lines)
    # The harness only warns where it cannot write.
    if not list(draft.glob("results_*.json")) or len(list(draft.glob("samples_*.jsonl"))) < len(samples):
        raise Problem("unwritten", f"The results of task {task} could not be written.", "Is the disk full?")
    os.rename(draft, output / task)


def _tell_requests(huggingface, tally: Tally) -> None:
    """The harness shows its requests with tqdm; what it counts is our progress."""

    class Telling(huggingface.tqdm):
        def update(self, n: float | None = 1) -> bool | None:
            shown = super().update(n)
            tally.requests(self.n, self.total)
            return shown

    huggingface.tqdm = Telling


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="smt_job.harness")
    parser.add_argument("--model", required=True)
    parser.add_argument("--task", required=True, action="append", dest="tasks")
    parser.add_argument("--output", required=True, type=Path)
    parser.add_argument("--folder", required=True, type=Path)
    parser.add_argument("--include", type=Path)
    parser.add_argument("--limit", type=int)
    try:
        listen(_stop)
        _leave_children_alone()
        return reported(lambda: work(parser.parse_args(argv)))
    except Asked:
        return CANCELLED


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]) or 0)
