"""Input and output of a batch: JSONL, appended, one write a line; what is answered is never asked again."""

from __future__ import annotations

import json
import os
from pathlib import Path

from .problem import bad_input


def read_input(file: Path) -> list[dict]:
    """Request lines in their order. Raises `bad_input` with the line's number."""
    lines, seen = [], set()
    with open(file, "rb") as stream:
        for number, raw in enumerate(stream, 1):
            if not raw.strip():
                continue
            try:
                line = json.loads(raw)
            except ValueError:
                raise bad_input(f"{file}:{number} is not JSON.") from None
            if not isinstance(line, dict) or not isinstance(line.get("custom_id"), str):
                raise bad_input(f"{file}:{number} has no custom_id.")
            if line["custom_id"] in seen:
                raise bad_input(f'{file}:{number}: custom_id "{line["custom_id"]}" is there twice.')
            seen.add(line["custom_id"])
            lines.append(line)
    return lines


class BatchOutput:
    """Opened once by one writer. A line that a crash tore is cut off: its request is asked again."""

    def __init__(self, file: Path):
        file.parent.mkdir(parents=True, exist_ok=True)
        self._fd = os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            import fcntl

            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except ImportError:
            pass
        except OSError:
            raise bad_input(f"Another batch is writing {file}.", "Wait for it, or stop it.") from None
        self.answered: set[str] = set()
        whole = 0
        with open(file, "rb") as stream:
            for raw in stream:
                if not raw.endswith(b"\n"):
                    break
                whole += len(raw)
                try:
                    self.answered.add(json.loads(raw)["custom_id"])
                except (ValueError, KeyError, TypeError):
                    continue
        if os.fstat(self._fd).st_size != whole:
            os.ftruncate(self._fd, whole)

    def append(self, custom_id: str, body: dict | None, error: dict | None = None) -> None:
        response = None if body is None else {"status_code": 200, "request_id": f"smt-{custom_id}", "body": body}
        line = {"id": f"smt-{custom_id}", "custom_id": custom_id, "response": response, "error": error}
        data = (json.dumps(line, ensure_ascii=False) + "\n").encode("utf-8", "replace")
        before = os.fstat(self._fd).st_size
        try:
            if os.write(self._fd, data) == len(data):
                self.answered.add(custom_id)
                return
            raise OSError(28, "No space left on device")
        except OSError:
            os.ftruncate(self._fd, before)
            raise

    def sync(self) -> None:
        os.fsync(self._fd)

    def close(self) -> None:
        self.sync()
        os.close(self._fd)
