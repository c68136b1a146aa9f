"""Lines `@smt {…}` on standard output: what a parent process reads; every other line is words for people."""

from __future__ import annotations

import json
import sys

from .events import sendable
from .problem import Problem

MARK = "@smt "


def say(**event) -> None:
    text = json.dumps(sendable(event), ensure_ascii=False, allow_nan=False)
    sys.stdout.write(f"{MARK}{text}\n")
    sys.stdout.flush()


def say_problem(problem: Problem) -> None:
    say(type="error", code=problem.code, message=problem.message, hint=problem.hint, retryable=problem.retryable)
