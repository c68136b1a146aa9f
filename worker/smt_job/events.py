"""The one writer of a run's `events.jsonl` and `status.json` (protocol smt-events/1). Standard library only.

Whole lines, one `write()` each, `seq` without gaps per attempt; a half line that a crash left is closed first. The twin
of `src/engine/jobs/eventWriter.ts`: both write the same fields.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import socket
import subprocess
import threading
import time
from pathlib import Path

from .files import read_json, write_atomically

SCHEMA = "smt-events/1"
MAX_EVENT_BYTES = 8192
PROGRESS_EVERY_S = 1.0
STATUS_EVERY_S = 0.5
HEARTBEAT_S = 30.0
BALLAST_BYTES = 65536


def sendable(value):
    """JSON without bare NaN: `JSON.parse` refuses it, and training logs contain it."""
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
    if isinstance(value, dict):
        return {str(key): sendable(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [sendable(inner) for inner in value]
    return value


def _line(event: dict) -> bytes:
    text = json.dumps(sendable(event), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return (text + "\n").encode("utf-8", "replace")


def _shortened(payload: dict) -> dict:
    return {k: v[:1500] + "…" if isinstance(v, str) and len(v) > 1500 else v for k, v in payload.items()}


class EventWriter:
    """Opened with `start` (a new attempt, by the launcher) or `go_on` (the same attempt, after the hand-over)."""

    def __init__(self, run_dir: Path, status: dict):
        self._dir = run_dir
        self._status = status
        self._seq = status["last_seq"]
        self._lock = threading.RLock()
        self._last_progress = 0.0
        self._dirty = False
        self._closed = threading.Event()
        self.cost_s = 0.0
        self._fd = os.open(run_dir / "events.jsonl", os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        os.set_inheritable(self._fd, False)
        self._close_half_line()
        self._keep_ballast()
        threading.Thread(target=self._tick, name="smt-events", daemon=True).start()

    @classmethod
    def start(cls, run_dir: Path, kind: str, versions: dict[str, str], title: str = "") -> EventWriter:
        """A new attempt: removes `exit`, appends `hello`. A `stop` of before is removed by whoever starts this one."""
        before = read_json(run_dir / "status.json") or {}
        (run_dir / "exit").unlink(missing_ok=True)
        now = time.time()
        attempt = int(before.get("attempt") or 0)
        for key in ("paused", "ended", "exit_code", "message", "unreachable_since"):
            before.pop(key, None)
        status = {
            **{"v": 1, "run": run_dir.name, "kind": kind, "title": title or run_dir.name, "created": now},
            **before,
            **{"state": "preparing", "phase": "setup", "pid": os.getpid(), "host": socket.gethostname()},
            **{"attempt": attempt + 1, "started": now, "last_seq": 0},
        }
        writer = cls(run_dir, status)
        spec = run_dir / "spec.json"
        hello = {
            "schema": SCHEMA,
            "kind": kind,
            "host": status["host"],
            "pid": os.getpid(),
            "versions": versions,
            "spec_sha256": hashlib.sha256(spec.read_bytes()).hexdigest() if spec.exists() else "",
        }
        gpus = gpu_inventory()
        if gpus:
            hello["gpus"] = gpus
        if attempt > 0:
            hello["resumed_from"] = f"attempt {attempt}"
        writer._emit("hello", hello)
        writer.flush()
        return writer

    @classmethod
    def go_on(cls, run_dir: Path) -> EventWriter:
        """The same attempt in the process that took over: `seq` continues after the last line that is there."""
        status = read_json(run_dir / "status.json")
        if status is None:
            raise FileNotFoundError(f"{run_dir} holds no readable status.json")
        attempt, seq = last_position(run_dir / "events.jsonl")
        if attempt == status["attempt"]:
            status["last_seq"] = max(seq, status["last_seq"])
        status["pid"] = os.getpid()
        return cls(run_dir, status)

    @property
    def status(self) -> dict:
        return self._status

    @property
    def stop_requested(self) -> bool:
        return (self._dir / "stop").exists()

    def phase(self, name: str, state: str = "running") -> None:
        self._emit("phase", {"name": name})
        self._change(phase=name, state=state)

    def note(self, message: str | None) -> None:
        """What is going on now, for views; None takes it away. Not an event."""
        with self._lock:
            self._status.pop("message", None)
            self._change(**({"message": message} if message else {}))

    def log(self, level: str, msg: str) -> None:
        self._emit("log", {"level": level, "msg": msg})

    def error(self, code: str, message: str, hint: str, retryable: bool) -> None:
        self._emit("error", {"code": code, "message": message, "hint": hint, "retryable": retryable})
        self._change(message=message)

    def progress(self, phase: str, done: float, total: float | None, unit: str, rate: float | None = None) -> None:
        """At most one event a second. `rate` is units per second, None until it is stable."""
        eta = (total - done) / rate if rate and total is not None else None
        self._change(progress={"done": done, "total": total, "unit": unit, "eta_s": eta, "rate": rate})
        now = time.monotonic()
        if now - self._last_progress < PROGRESS_EVERY_S:
            return
        self._last_progress = now
        event: dict = {"phase": phase, "done": done, "total": total, "unit": unit}
        if total:
            event["progressPercentage"] = int(100 * done / total)
        if eta is not None:
            event["estimatedRemainingSeconds"] = round(eta)
        self._emit("progress", event)

    def metric(self, step: int, values: dict[str, float]) -> None:
        self._emit("metric", {"step": step, "values": values})
        finite = {key: value for key, value in values.items() if math.isfinite(value)}
        self._change(metrics={**self._status.get("metrics", {}), **finite})

    def checkpoint(self, step: int, path: str, size: int, final: bool = False) -> None:
        self._emit("checkpoint", {"step": step, "path": path, "bytes": size, **({"final": True} if final else {})})

    def artifact(self, kind: str, path: str, sha256: str, size: int, rows: int | None = None) -> None:
        extra = {} if rows is None else {"rows": rows}
        self._emit("artifact", {"kind": kind, "path": path, "sha256": sha256, "bytes": size, **extra})

    def end(self, status: str, exit_code: int, message: str | None = None) -> None:
        """The last event of the attempt and the final status."""
        with self._lock:
            self._closed.set()
            self._emit("done", {"status": status, "exit_code": exit_code})
            try:
                os.fsync(self._fd)
            except OSError:
                pass
            self._status.update(state=status, ended=time.time(), exit_code=exit_code)
            if message:
                self._status["message"] = message
            self.flush()
            os.close(self._fd)
            (self._dir / ".ballast").unlink(missing_ok=True)

    def hand_over(self) -> None:
        """Everything on disk, so that the process that takes over can `go_on`."""
        with self._lock:
            self._closed.set()
            self.flush()
            os.close(self._fd)

    def flush(self) -> None:
        with self._lock:
            self._dirty = False
            snapshot = sendable({**self._status, "updated": time.time()})
            text = json.dumps(snapshot, ensure_ascii=False) + "\n"
            try:
                write_atomically(self._dir / "status.json", text)
            except OSError:
                self._drop_ballast()
                try:
                    write_atomically(self._dir / "status.json", text)
                except OSError:
                    pass  # events.jsonl is the truth; a status that can't be written must not end the work

    def _emit(self, kind: str, payload: dict) -> None:
        began = time.perf_counter()
        with self._lock:
            self._seq += 1
            envelope = {"v": 1, "seq": self._seq, "ts": time.time(), "run": self._status["run"]}
            envelope |= {"attempt": self._status["attempt"], "type": kind}
            line = _line({**envelope, **payload})
            if len(line) > MAX_EVENT_BYTES:
                line = _line({**envelope, **_shortened(payload)})
            self._append(line)
            self._status["last_seq"] = self._seq
            self._dirty = True
        self.cost_s += time.perf_counter() - began

    def _append(self, line: bytes) -> None:
        try:
            written = os.write(self._fd, line)
        except OSError:
            written = 0
        if written == len(line):
            return
        # The disk is full: give the ballast back and write the whole line again after closing the half one.
        self._drop_ballast()
        try:
            os.write(self._fd, (b"\n" if written else b"") + line)
        except OSError:
            self._seq -= 1  # this event is lost, the next one must not leave a gap

    def _change(self, **change) -> None:
        with self._lock:
            self._status.update(change)
            # Written by the ticking thread, at most twice a second: the work never waits for that file.
            self._dirty = True

    def _tick(self) -> None:
        last_beat = time.monotonic()
        while not self._closed.wait(STATUS_EVERY_S):
            if time.monotonic() - last_beat >= HEARTBEAT_S:
                last_beat = time.monotonic()
                usage = gpu_usage()
                with self._lock:
                    if not self._closed.is_set():
                        self._emit("heartbeat", {"gpu": usage} if usage else {})
            with self._lock:
                if self._dirty and not self._closed.is_set():
                    self.flush()

    def _close_half_line(self) -> None:
        size = os.fstat(self._fd).st_size
        if size > 0 and os.pread(self._fd, 1, size - 1) != b"\n":
            os.write(self._fd, b"\n")

    def _keep_ballast(self) -> None:
        """Room that is given back when the disk is full, so that the reason can still be written."""
        ballast = self._dir / ".ballast"
        try:
            if not ballast.exists():
                ballast.write_bytes(os.urandom(BALLAST_BYTES))
        except OSError:
            pass

    def _drop_ballast(self) -> None:
        (self._dir / ".ballast").unlink(missing_ok=True)


def last_position(file: Path) -> tuple[int, int]:
    """(attempt, seq) of the last complete event; (0, 0) where there is none."""
    try:
        with open(file, "rb") as stream:
            stream.seek(max(0, os.fstat(stream.fileno()).st_size - 4 * MAX_EVENT_BYTES))
            tail = stream.read()
    except OSError:
        return 0, 0
    for line in reversed(tail.split(b"\n")[:-1]):
        try:
            event = json.loads(line)
            return int(event["attempt"]), int(event["seq"])
        except (ValueError, KeyError, TypeError):
            continue
    return 0, 0


def _nvidia_smi(query: str) -> list[list[str]]:
    """A row a GPU that this process may use. CUDA_VISIBLE_DEVICES (a scheduler sets it) takes indices or UUIDs."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None and visible.strip() in ("", "-1", "NoDevFiles"):
        return []
    try:
        answer = subprocess.run(
            ["nvidia-smi", f"--query-gpu={query}", "--format=csv,noheader,nounits"] + (["-i", visible] if visible else []),
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return []
    return [[cell.strip() for cell in row.split(",")] for row in answer.strip().splitlines()]


def gpu_inventory() -> list[dict]:
    """Names and memory; 0 MiB where the driver does not tell it (memory shared with the processor)."""
    return [{"name": name, "mem_mib": _number(memory) or 0.0} for name, memory in _nvidia_smi("name,memory.total")]


def gpu_usage() -> list[dict]:
    rows = [(_number(u), _number(m)) for u, m in _nvidia_smi("utilization.gpu,memory.used")]
    return [{"util": u, "mem_mib": m or 0.0} for u, m in rows if u is not None]


def _number(cell: str) -> float | None:
    """None for `[N/A]` and the like."""
    try:
        return float(cell)
    except ValueError:
        return None
