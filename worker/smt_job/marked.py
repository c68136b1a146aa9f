"""Lines `@smt {…}` on standard output: what a parent process reads; every other line is words for people."""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Callable

from .events import sendable
from .problem import CANCELLED, Problem, Stopped, describe

MARK = "@smt "


def say(**event) -> None:
    text = json.dumps(sendable(event), ensure_ascii=False, allow_nan=False)
    sys.stdout.write(f"{MARK}{text}\n")
    sys.stdout.flush()


def say_problem(problem: Problem) -> None:
    say(type="error", code=problem.code, message=problem.message, hint=problem.hint, retryable=problem.retryable)


def reported(step: Callable[[], int]) -> int:
    """Exit code of a step. What keeps it from its end is said to the parent, and in full to the log where it was not foreseen."""
    try:
        return step()
    except Stopped:
        return CANCELLED
    except Exception as error:  # noqa: BLE001 - the parent reads the reason from our output
        problem = describe(error)
        if problem is not error:
            traceback.print_exc()
        say_problem(problem)
        return problem.exit_code
