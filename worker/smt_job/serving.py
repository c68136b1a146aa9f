"""`serve`, inside the environment: an OpenAI-compatible server for a checkpoint on 127.0.0.1, until it is stopped.

vLLM on a GPU; on a CPU our own small server over the engine that answers batch files.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
import traceback
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from .events import EventWriter
from .keys import keys_from_stdin
from .launch import finish, listen
from .problem import CANCELLED, Problem, describe
from .spec import read_spec

POLL_S = 0.3
VLLM_STARTS_WITHIN_S = 900


def main(run_dir: Path) -> int:
    events = EventWriter.go_on(run_dir)
    stopped = []
    listen(lambda *_: stopped.append(True))
    try:
        spec = read_spec(run_dir)
        key = keys_from_stdin().get("serve") or os.environ.get("SMT_SERVE_KEY") or None
        serve = _serve_with_vllm if _gpu() else _serve_here
        serve(spec["params"], run_dir, events, key, lambda: bool(stopped) or events.stop_requested)
    except BaseException as error:  # noqa: BLE001 - whatever it is, the run directory must tell it
        traceback.print_exc()
        problem = describe(error)
        events.error(problem.code, problem.message, problem.hint, problem.retryable)
        return finish(events, run_dir, "failed", problem.exit_code, problem.message)
    # Serving has no end of its own: being stopped is how it is meant to end.
    return finish(events, run_dir, "cancelled", CANCELLED, "Stopped serving.")


def _gpu() -> bool:
    import importlib.util

    from .events import gpu_inventory

    return bool(gpu_inventory()) and importlib.util.find_spec("vllm") is not None


def _path(params: dict, run_dir: Path) -> Path:
    path = Path(params["model_path"]).expanduser()
    return path if path.is_absolute() else run_dir / path


def _announce(events: EventWriter, params: dict, port: int, sha256: str) -> None:
    events.artifact("endpoint", f"http://127.0.0.1:{port}/v1", sha256, 0)
    events.phase("serve")
    events.note(f"{params['model']} answers at http://127.0.0.1:{port}/v1")


def _serve_here(params: dict, run_dir: Path, events: EventWriter, key: str | None, stop) -> None:
    events.phase("load", "preparing")
    from .chat_server import ChatServer
    from .student import Student
    from .weights import local_weights

    weights = local_weights(_path(params, run_dir))
    server = ChatServer(Student(weights.folder), params["model"], params["port"], key)
    with server:
        _announce(events, params, server.port, weights.sha256)
        while not stop():
            time.sleep(POLL_S)


def _serve_with_vllm(params: dict, run_dir: Path, events: EventWriter, key: str | None, stop) -> None:
    """Not exercised here: there is no GPU. The key travels in the environment, never in argv."""
    import socket

    events.phase("load", "preparing")
    from .weights import local_weights

    weights = local_weights(_path(params, run_dir))
    port = params["port"]
    if not port:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
    command = [sys.executable, "-m", "vllm.entrypoints.cli.main", "serve", str(weights.folder), "--host", "127.0.0.1"]
    command += ["--port", str(port), "--served-model-name", params["model"]]
    child = subprocess.Popen(command, env={**os.environ, **({"VLLM_API_KEY": key} if key else {})})
    try:
        _wait_until_up(child, f"http://127.0.0.1:{port}/health", stop)
        if stop():
            return
        _announce(events, params, port, weights.sha256)
        while not stop():
            if child.poll() is not None:
                raise Problem("failed", f"vLLM ended with exit code {child.returncode}.", "The log has the details.")
            time.sleep(POLL_S)
    finally:
        child.terminate()
        try:
            child.wait(30)
        except subprocess.TimeoutExpired:
            child.kill()


def _wait_until_up(child: subprocess.Popen, url: str, stop) -> None:
    until = time.monotonic() + VLLM_STARTS_WITHIN_S
    while time.monotonic() < until and not stop():
        if child.poll() is not None:
            raise Problem("failed", f"vLLM ended with exit code {child.returncode}.", "The log has the details.")
        try:
            with urlopen(url, timeout=2):
                return
        except (URLError, OSError):
            time.sleep(1)
    if not stop():
        raise Problem("failed", "vLLM did not start in time.", "The log has the details.")


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])))
