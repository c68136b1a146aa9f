"""What this machine has for a job: Python, uv, GPUs, disk, memory, cores, and what the set-up would download."""

from __future__ import annotations

import os
import platform
import shutil
import socket
import sys

from . import VERSION
from .cores import free_threads, usable_cores
from .environment import ready_environment, usable_uv
from .events import gpu_inventory
from .files import root_folder
from .requirements import lock_key, size_of_environment


def _existing(folder):
    while not folder.exists():
        folder = folder.parent
    return folder


def memory_bytes() -> tuple[int | None, int | None]:
    """(all, available) memory; None where the system does not tell."""
    try:
        with open("/proc/meminfo", encoding="ascii") as stream:
            rows = dict(line.split(":", 1) for line in stream)
        return tuple(int(rows[key].split()[0]) * 1024 for key in ("MemTotal", "MemAvailable"))
    except (OSError, KeyError, ValueError):
        pass
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"), None
    except (AttributeError, ValueError, OSError):
        return None, None


def probe() -> dict:
    gpus = gpu_inventory()
    root = root_folder()
    uv = shutil.which("uv") or str(root / "uv" / "bin" / "uv")
    all_memory, free_memory = memory_bytes()
    disk = shutil.disk_usage(_existing(root))
    extras = {}
    for extra in ("train", "generate"):
        ready = ready_environment(extra, bool(gpus)) if extra == "train" or gpus else None
        download, unpacked = size_of_environment(extra, bool(gpus))
        key = lock_key(extra, bool(gpus)) if extra == "train" or gpus else None
        extras[extra] = {
            "ready": ready is not None,
            "key": key,
            "download_bytes": 0 if ready else download,
            "disk_bytes": 0 if ready else unpacked,
        }
    return {
        "v": 1,
        "smt_job": VERSION,
        "host": socket.gethostname(),
        "system": f"{sys.platform} {platform.machine()}",
        "python": {"path": sys.executable, "version": platform.python_version()},
        "uv": uv if usable_uv(uv) else None,
        "root": str(root),
        "gpus": gpus,
        "disk": {"free": disk.free, "total": disk.total},
        "memory": {"free": free_memory, "total": all_memory},
        "cores": {"usable": usable_cores(), "free_threads": free_threads()},
        "environments": extras,
    }
