"""Who uses the server: one file a process in a folder, named for its process id."""

import os
import sys
from pathlib import Path


def living(folder: Path) -> list[Path]:
    """The registrations whose process is alive; those of dead processes are deleted."""
    alive = []
    for file in folder.glob("*.user"):
        pid = file.name.split("-")[0]
        if pid.isdigit() and is_alive(int(pid)):
            alive.append(file)
        else:
            file.unlink(missing_ok=True)
    return alive


def is_alive(pid: int) -> bool:
    if sys.platform == "win32":
        return _is_alive_on_windows(pid)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _is_alive_on_windows(pid: int) -> bool:
    import ctypes

    query_limited_information, still_active = 0x1000, 259
    kernel = ctypes.windll.kernel32
    process = kernel.OpenProcess(query_limited_information, False, pid)
    if not process:
        return False
    code = ctypes.c_ulong()
    kernel.GetExitCodeProcess(process, ctypes.byref(code))
    kernel.CloseHandle(process)
    return code.value == still_active
