"""`run DIR`: reports the first event with the standard library alone, makes the environment, hands over to the work.

One process: the work takes this process over (same pid, `seq` goes on). Several: torchrun starts the ranks, rank 0
writes the events, and this process stays to tell how they ended if they could not.
"""

from __future__ import annotations

import os
import platform
import signal
import subprocess
import sys
import time
from pathlib import Path

from . import VERSION
from .cores import free_threads
from .environment import make_environment
from .events import EventWriter, gpu_inventory
from .files import read_json, write_atomically
from .problem import CANCELLED, FAILED, Stopped, describe
from .spec import read_spec

WORKER_FOLDER = Path(__file__).parent.parent
RANKS_MAY_TAKE_S = 600
STEADY_S = 10  # a rate of less says little about the time that is left
ENDINGS = (signal.SIGTERM, signal.SIGINT)


def run(run_dir: Path) -> int:
    run_dir = run_dir.resolve()
    kind = (read_json(run_dir / "spec.json") or {}).get("kind")
    kind = kind if kind in ("train", "serve") else "train"
    title = str((read_json(run_dir / "spec.json") or {}).get("title", ""))
    claim_pid(run_dir)
    versions = {"python": platform.python_version(), "smt_job": VERSION}
    try:
        events = EventWriter.start(run_dir, kind, versions, title)
    except OSError as error:
        print(f"{run_dir} cannot be written: {error}", file=sys.stderr)
        return FAILED
    asked = _Asked()
    listen(asked)
    try:
        spec = read_spec(run_dir)
        events.phase("setup", "preparing")
        python = _environment(spec, events, lambda: asked.stop or events.stop_requested)
        events.note(None)
        if asked.stop or events.stop_requested:
            raise Stopped
    except Stopped:
        return finish(events, run_dir, "cancelled", CANCELLED, "Stopped during the set-up. What is there is kept.")
    except Exception as error:  # noqa: BLE001 - whatever it is, the run directory must tell it
        problem = describe(error)
        events.error(problem.code, problem.message, problem.hint, problem.retryable)
        return finish(events, run_dir, "failed", problem.exit_code, problem.message)
    events.hand_over()
    try:
        return _hand_over(spec, run_dir, python)
    except OSError as error:
        events = EventWriter.go_on(run_dir)
        message = f"The environment's Python can't be started: {error}"
        events.error("environment", message, "Delete its folder under envs and resume.", True)
        return finish(events, run_dir, "failed", FAILED, message)


def _environment(spec: dict, events: EventWriter, stop) -> Path:
    extra = "generate" if spec["kind"] == "serve" and gpu_inventory() else "train"
    began = None

    def progress(done: int, total: int, words: str) -> None:
        nonlocal began
        if events.status.get("message") != words:
            events.note(words)
            events.log("info", words)
        if total:
            now = time.monotonic()
            began = now if began is None else began
            steady = now - began >= STEADY_S
            events.progress("setup", done, total, "byte", done / (now - began) if steady and done else None)

    return make_environment(extra, progress, stop)


def processes_of(spec: dict) -> int:
    asked = spec["params"].get("processes", 1) if spec["kind"] == "train" else 1
    return max(1, len(gpu_inventory())) if asked == "auto" else int(asked)


def work_environment(processes: int) -> dict[str, str]:
    """What the work's process is given. Threads beyond the free cores make training several times slower."""
    environment = {**os.environ, "PYTHONPATH": str(WORKER_FOLDER), "PYTHONUNBUFFERED": "1"}
    # SAFEPATH: the run directory (our working folder) must not bring modules of its own, to torchrun's ranks either.
    environment |= {"PYTHONSAFEPATH": "1", "PYTHONDONTWRITEBYTECODE": "1", "TOKENIZERS_PARALLELISM": "false"}
    environment |= {"HF_HUB_DISABLE_TELEMETRY": "1", "DO_NOT_TRACK": "1"}
    environment.setdefault("OMP_NUM_THREADS", str(free_threads(processes)))
    return environment


def _hand_over(spec: dict, run_dir: Path, python: Path) -> int:
    processes = processes_of(spec)
    environment = work_environment(processes)
    module = f"smt_job.{'training' if spec['kind'] == 'train' else 'serving'}"
    if processes == 1:
        arguments = [str(python), "-m", module, str(run_dir)]
        if os.name == "posix":
            take_over(python, arguments, environment)
        return subprocess.run(arguments, env=environment).returncode
    return _torchrun(spec, run_dir, python, processes, module, environment)


def take_over(python: Path, arguments: list[str], environment: dict[str, str]) -> None:
    """The work in this very process. A TERM that comes while Python starts again waits until somebody listens."""
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDINGS)
    try:
        os.execve(python, arguments, environment)
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDINGS)


def listen(asked) -> None:
    """`asked(signal, frame)` on TERM and INT, those that came during the take-over included."""
    for number in ENDINGS:
        signal.signal(number, asked)
    if os.name == "posix":
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDINGS)


def _torchrun(spec, run_dir: Path, python: Path, processes: int, module: str, environment: dict[str, str]) -> int:
    environment |= {"TORCH_ELASTIC_SHUTDOWN_TIMEOUT": str(RANKS_MAY_TAKE_S)}
    arguments = [str(python), "-m", "torch.distributed.run", "--standalone", "--nnodes=1"]
    arguments += [f"--nproc-per-node={processes}", "-m", module, str(run_dir)]
    child = subprocess.Popen(arguments, env=environment)

    def ask_to_stop(*_: object) -> None:
        # Through the file, so that all ranks stop at the same step; torchrun would kill them one by one.
        (run_dir / "stop").touch(mode=0o600)

    listen(ask_to_stop)
    code = child.wait()
    status = read_json(run_dir / "status.json") or {}
    if status.get("exit_code") is not None:
        return int(status["exit_code"])
    events = EventWriter.go_on(run_dir)
    message = f"The training processes ended with exit code {code} and could not say why."
    events.error("ranks_lost", message, "The log has the details. Resume goes on from the newest checkpoint.", True)
    return finish(events, run_dir, "failed", FAILED, message)


def finish(events: EventWriter, run_dir: Path, status: str, code: int, message: str | None = None) -> int:
    events.end(status, code, message)
    if owns_pid(run_dir):
        write_atomically(run_dir / "exit", f"{code}\n")
    return code


def claim_pid(run_dir: Path) -> None:
    """`pid` as the local backend writes it, where no wrapper or backend has done so for us."""
    file = run_dir / "pid"
    try:
        named = int(file.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        named = 0
    ours = {os.getpid(), os.getppid()}
    if os.name == "posix":
        ours |= {os.getpgrp(), os.getsid(0)}
    # Group and session are 0 where their leader lives outside our PID namespace (a container's exec): that is nobody.
    if named > 0 and named in ours:
        return
    write_atomically(file, f"{os.getpid()} {start_of(os.getpid()) or '-'}\n")


def owns_pid(run_dir: Path) -> bool:
    """True where `pid` names this very process: then nobody else writes `exit`."""
    try:
        return int((run_dir / "pid").read_text().split()[0]) == os.getpid()
    except (OSError, ValueError, IndexError):
        return False


def start_of(pid: int) -> str | None:
    """Start time of a process in clock ticks since boot (field 22 of /proc/PID/stat)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[19]
    except (OSError, IndexError):
        return None


class _Asked:
    stop = False

    def __call__(self, *_: object) -> None:
        self.stop = True
