"""Keys come over standard input as one JSON line `{origin: key}` and live in memory only. Standard library only."""

from __future__ import annotations

import json
import os
import select
import stat
import sys

WAIT_S = 5.0


def keys_from_stdin() -> dict[str, str]:
    """The keys the parent wrote, {} where it wrote none. Never waits on a terminal, nor long on a silent pipe."""
    try:
        mode = os.fstat(0).st_mode
    except OSError:
        return {}
    if not (stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or stat.S_ISREG(mode)):
        return {}
    if not stat.S_ISREG(mode) and os.name == "posix" and not select.select([0], [], [], WAIT_S)[0]:
        return {}
    try:
        keys = json.loads(sys.stdin.readline() or "{}")
    except ValueError:
        return {}
    return {k: v for k, v in keys.items() if isinstance(v, str)} if isinstance(keys, dict) else {}
