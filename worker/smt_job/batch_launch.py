"""`batch`, `harness` and `environment` before there is an environment: makes it and hands over. Standard library only."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import time
from pathlib import Path

from .environment import make_environment
from .events import gpu_inventory
from .launch import listen, take_over, work_environment
from .marked import reported, say
from .problem import DONE, bad_input


class _Narrator:
    """Progress of the installation, at most one line a second."""

    def __init__(self) -> None:
        self._last = 0.0
        self._words = ""

    def __call__(self, done: int, total: int, words: str) -> None:
        if words == self._words and time.monotonic() - self._last < 1:
            return
        self._last, self._words = time.monotonic(), words
        say(type="progress", phase="setup", done=done, total=total or None, unit="byte", message=words)


def _made(extra: str):
    asked = []
    listen(lambda *_: asked.append(True))
    say(type="phase", name="setup")
    return make_environment(extra, _Narrator(), lambda: bool(asked))


def launch_batch(arguments: argparse.Namespace) -> int:
    def step() -> int:
        if not arguments.input.is_file():
            raise bad_input(f"{arguments.input} is not there.", "Name a JSONL file of OpenAI batch requests.")
        gpu = bool(gpu_inventory()) and arguments.device != "cpu"
        python = _made("generate" if gpu else "train")
        command = [str(python), "-m", "smt_job.batch", "--model", arguments.model]
        command += ["--input", str(arguments.input), "--output", str(arguments.output)]
        command += ["--device", arguments.device, "--dtype", arguments.dtype]
        return _go_on(python, command)

    return reported(step)


def launch_harness(arguments: argparse.Namespace) -> int:
    def step() -> int:
        python = _made("lm-eval")
        command = [str(python), "-m", "smt_job.harness", "--model", arguments.model, "--output", str(arguments.output)]
        command += ["--folder", str(arguments.folder)]
        for task in arguments.tasks:
            command += ["--task", task]
        if arguments.include is not None:
            command += ["--include", str(arguments.include)]
        if arguments.limit is not None:
            command += ["--limit", str(arguments.limit)]
        return _go_on(python, command)

    return reported(step)


def _go_on(python: Path, command: list[str]) -> int:
    environment = work_environment(1)
    if os.name == "posix":
        take_over(python, command, environment)
    return subprocess.run(command, env=environment).returncode


def print_environment(extra: str) -> int:
    def step() -> int:
        print(json.dumps({"python": str(_made(extra))}))
        return DONE

    return reported(step)
