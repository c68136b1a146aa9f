"""Files written so that a reader or a crash never sees half of one."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from pathlib import Path


def write_atomically(file: Path, text: str, *, durable: bool = False) -> None:
    """Beside, then renamed. `durable` waits for the disk: for marks that other files' existence hangs on."""
    draft = file.with_name(f"{file.name}.{os.getpid()}.tmp")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with open(descriptor, "w", encoding="utf-8", errors="replace") as stream:
            stream.write(text)
            if durable:
                stream.flush()
                os.fsync(stream.fileno())
        os.replace(draft, file)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    if durable:
        sync_folder(file.parent)


def sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sha256_of(file: Path) -> str:
    with open(file, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def folder_bytes(folder: Path) -> int:
    total = 0
    for root, _folders, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(root, name)).st_size
            except OSError:
                pass  # it went away while we looked
    return total


def read_json(file: Path) -> dict | None:
    """None where there is no such file, or it is torn or not an object."""
    try:
        value = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) else None


def user_cache() -> Path:
    """The product's user-level cache; the same rule as in TypeScript (`userCacheFolder`)."""
    environment = os.environ
    if environment.get("SMT_CACHE"):
        return Path(environment["SMT_CACHE"])
    if environment.get("XDG_CACHE_HOME"):
        return Path(environment["XDG_CACHE_HOME"]) / "smt"
    if os.name == "nt":
        return Path(environment.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "smt"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "smt"
    return Path.home() / ".cache" / "smt"


def root_folder() -> Path:
    """Where environments, converted weights and downloads of this machine stand: `SMT_ROOT`, else the user's cache."""
    root = os.environ.get("SMT_ROOT")
    return Path(root).expanduser().resolve() if root else user_cache()
