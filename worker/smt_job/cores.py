"""How many threads a process may use without taking them from others."""

from __future__ import annotations

import os
from pathlib import Path


def usable_cores() -> float:
    """Cores this process may run on: affinity mask and container quota."""
    try:
        cores = float(len(os.sched_getaffinity(0)))
    except AttributeError:
        cores = float(os.cpu_count() or 1)
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
        if quota != "max":
            cores = min(cores, int(quota) / int(period))
    except (OSError, ValueError):
        pass
    return max(1.0, cores)


def free_threads(processes: int = 1) -> int:
    """Threads for each of `processes`: more than there are free cores is several times slower, not faster (two
    threads on busy cores fell from 97 to 24 tokens a second). `OMP_NUM_THREADS` wins."""
    asked = os.environ.get("OMP_NUM_THREADS", "")
    if asked.isdigit() and int(asked) > 0:
        return int(asked)
    cores = usable_cores()
    try:
        busy = os.getloadavg()[0]
    except OSError:
        busy = 0.0
    free = max(1.0, cores - busy) if cores <= 4 else max(cores / 2, cores - busy)
    return max(1, int(free / processes))
