"""`train`, inside the environment: rows → blocks → SFTTrainer → out/model, with what was promised asserted at the end."""

from __future__ import annotations

import os
import shutil
import sys
import time
import traceback
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from .events import EventWriter
from .launch import finish, listen
from .problem import CANCELLED, DONE, Problem, Stopped, describe, disk_full, is_disk_full
from .spec import read_spec

RANK = int(os.environ.get("RANK", "0"))
PROCESSES = int(os.environ.get("WORLD_SIZE", "1"))
STOPPED = "Stopped. Resume goes on from the newest checkpoint."


def main(run_dir: Path) -> int:
    asked: list[bool] = []
    loading = PROCESSES == 1
    events = EventWriter.go_on(run_dir) if RANK == 0 else None

    def on_ending(*_: object) -> None:
        asked.append(True)
        if loading and len(asked) == 1:
            # Imports take up to minutes on a busy machine, and there is nothing to save yet. Not by an exception:
            # a library that tries an import would swallow it.
            os._exit(_end(events, run_dir, "cancelled", CANCELLED, STOPPED))

    listen(on_ending)
    try:
        spec, run_training, flag = _load(run_dir, events, lambda: bool(asked))
        loading = False
        message = run_training(spec, run_dir, events, flag, PROCESSES)
    except Stopped:
        return _end(events, run_dir, "cancelled", CANCELLED, STOPPED)
    except BaseException as error:  # noqa: BLE001 - whatever it is, the run directory must tell it
        traceback.print_exc()
        if is_disk_full(error):
            _drop_half_checkpoints(run_dir)
        problem = _known(error)
        if events:
            events.error(problem.code, problem.message, problem.hint, problem.retryable)
        return _end(events, run_dir, "failed", problem.exit_code, problem.message)
    return _end(events, run_dir, "succeeded", DONE, message)


def _known(error: BaseException) -> Problem:
    if isinstance(error, ImportError):
        return Problem("environment", f"The environment is broken: {error}", "Delete its folder under envs and resume.")
    if isinstance(error, AssertionError):
        return Problem(
            "assertion", f"A promise did not hold: {error}", "Please report this with the log.", retryable=False
        )
    if is_disk_full(error):
        return disk_full("a checkpoint or the model")
    return describe(error)


def _drop_half_checkpoints(run_dir: Path) -> None:
    """Gives the room back first, or the reason itself could not be written."""
    from .checkpoints import drop_incomplete

    if RANK == 0:
        drop_incomplete(run_dir / "out" / "checkpoints")
        shutil.rmtree(run_dir / "out" / "model.draft", ignore_errors=True)


def _end(events: EventWriter | None, run_dir: Path, status: str, code: int, message: str | None) -> int:
    if events:
        finish(events, run_dir, status, code, message)
    return code


def _load(run_dir: Path, events: EventWriter | None, termed: Callable[[], bool]):
    """Spec, the work and its stop flag, once the libraries are there."""
    spec = read_spec(run_dir)
    if events:
        # Importing the libraries takes 10–40 s: shown as what it is.
        events.phase("load", "preparing")
        events.note("Loading PyTorch and the training libraries")
    began = time.monotonic()
    import torch

    from .reporting import StopFlag
    from .training_run import run_training

    threads = os.environ.get("OMP_NUM_THREADS", "")
    if threads.isdigit() and not torch.cuda.is_available():
        torch.set_num_threads(int(threads))
    if events:
        versions = ", ".join(f"{name} {version(name)}" for name in ("torch", "transformers", "trl", "accelerate"))
        events.log("info", f"{versions}: loaded in {time.monotonic() - began:.1f} s")
    return spec, run_training, StopFlag(events, PROCESSES, termed)


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])))
