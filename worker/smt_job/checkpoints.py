"""Checkpoints that count only once they are complete: the mark is written last, after everything else is on the disk."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path

from .files import folder_bytes, read_json, sync_folder, write_atomically

MARK = "complete.json"
_NAME = re.compile(r"checkpoint-(\d+)$")
# Pickles that nothing of ours reads.
UNWANTED = ("training_args.bin",)


def step_of(folder: Path) -> int:
    match = _NAME.match(folder.name)
    return int(match[1]) if match else -1


def all_checkpoints(folder: Path) -> list[Path]:
    """Folders of checkpoints, complete or not, oldest step first."""
    found = [one for one in folder.glob("checkpoint-*") if one.is_dir() and step_of(one) >= 0]
    return sorted(found, key=step_of)


def is_complete(checkpoint: Path) -> bool:
    """The mark is there, and every file it names has the size it had."""
    mark = read_json(checkpoint / MARK)
    if mark is None or mark.get("v") != 1:
        return False
    try:
        return all((checkpoint / name).stat().st_size == size for name, size in mark["files"].items())
    except (OSError, KeyError, AttributeError):
        return False


def newest_complete(folder: Path) -> Path | None:
    return next((one for one in reversed(all_checkpoints(folder)) if is_complete(one)), None)


def mark_complete(checkpoint: Path, tokens: int) -> int:
    """Waits for the disk, writes the mark, gives the bytes."""
    for name in UNWANTED:
        (checkpoint / name).unlink(missing_ok=True)
    files = {}
    for file in sorted(path for path in checkpoint.rglob("*") if path.is_file()):
        descriptor = os.open(file, os.O_RDONLY)
        try:
            os.fsync(descriptor)
            files[file.relative_to(checkpoint).as_posix()] = os.fstat(descriptor).st_size
        finally:
            os.close(descriptor)
    sync_folder(checkpoint)
    mark = {"v": 1, "step": step_of(checkpoint), "tokens": tokens, "files": files}
    write_atomically(checkpoint / MARK, json.dumps(mark) + "\n", durable=True)
    return folder_bytes(checkpoint)


def tokens_at(checkpoint: Path) -> int:
    return int((read_json(checkpoint / MARK) or {})["tokens"])


def drop_old(folder: Path, keep: int) -> None:
    """Incomplete ones go, and complete ones beyond the newest `keep`. Called only after a new one is complete."""
    complete = [one for one in all_checkpoints(folder) if is_complete(one)]
    keepers = set(complete[-keep:])
    for one in all_checkpoints(folder):
        if one not in keepers:
            # The mark first: a removal that is cut short must not leave what looks whole.
            (one / MARK).unlink(missing_ok=True)
            shutil.rmtree(one, ignore_errors=True)


def drop_incomplete(folder: Path) -> None:
    for one in all_checkpoints(folder):
        if not is_complete(one):
            shutil.rmtree(one, ignore_errors=True)
