"""What went wrong, as a value a person can act on."""

from __future__ import annotations

import errno
import re

DONE, FAILED, BAD_INPUT, CANCELLED = 0, 1, 2, 130

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
# Writers in Rust and C++ (safetensors, torch.save) report an errno only in words.
FULL_WORDS = re.compile(
    r"no space left|file too large|disk quota|os error (28|27|122)\b|PytorchStreamWriter failed|unexpected pos", re.I
)


class Problem(Exception):
    """An end of the job with its reason: code for machines, message and hint for people."""

    def __init__(self, code: str, message: str, hint: str, *, retryable: bool = True, exit_code: int = FAILED):
        super().__init__(message)
        self.code, self.message, self.hint = code, message, hint
        self.retryable, self.exit_code = retryable, exit_code


class Stopped(Exception):
    """A cooperative stop was asked for and everything worth keeping is on disk."""


def bad_input(message: str, hint: str = "Mend it and start again.") -> Problem:
    return Problem("bad_input", message, hint, exit_code=BAD_INPUT)


def is_disk_full(error: BaseException | None) -> bool:
    """True where a write failed for want of room, whatever library reports it."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in _FULL:
            return True
        if FULL_WORDS.search(str(error)):
            return True
        error = error.__cause__ or error.__context__
    return False


def disk_full(what: str) -> Problem:
    return Problem(
        "disk_full",
        f"The disk is full: {what} could not be written.",
        "Free some space (or delete old checkpoints) and resume: it goes on from the newest complete checkpoint.",
    )


def describe(error: BaseException) -> Problem:
    """Any exception as a problem: known kinds with their hint, others with their own words."""
    if isinstance(error, Problem):
        return error
    if is_disk_full(error):
        return disk_full("a file of this run")
    text = f"{type(error).__name__}: {error}".strip()
    if "out of memory" in text.lower() or isinstance(error, MemoryError):
        return Problem(
            "out_of_memory",
            f"Not enough memory. {text[:500]}",
            "Lower training.micro_batch_sequences or training.sequence_length, or choose a target with more memory.",
        )
    return Problem(
        "failed", text[:2000], "The log has the details. Resume goes on from the newest complete checkpoint."
    )
