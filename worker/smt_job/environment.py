"""Makes the Python environment of a job, once per lock, under `<root>/envs/<lock hash>`. Standard library only."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from .events import gpu_inventory
from .files import folder_bytes, root_folder, write_atomically
from .problem import FULL_WORDS, Problem, Stopped
from .requirements import FOLDER, lock_key, lock_text, size_of_environment

OLDEST_UV = (0, 4)
UV_TIMEOUT_S = 60
POLL_S = 1.0

# (done bytes, total bytes, words for a person)
Progress = Callable[[int, int, str], None]


def interpreter_of(folder: Path) -> Path:
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def ready_environment(extra: str, gpu: bool) -> Path | None:
    """The interpreter of a finished environment. `SMT_WORKER_PYTHON` names one that a person looks after."""
    own = os.environ.get("SMT_WORKER_PYTHON")
    if own:
        return Path(own)
    folder = root_folder() / "envs" / lock_key(extra, gpu)
    python = interpreter_of(folder)
    return python if (folder / "complete.json").exists() and python.exists() else None


def make_environment(
    extra: str, progress: Progress = lambda *_: None, stop: Callable[[], bool] = lambda: False
) -> Path:
    """The interpreter of the environment; installs it where it is missing. One maker at a time, others wait."""
    gpu = bool(gpu_inventory())
    ready = ready_environment(extra, gpu)
    if ready:
        return ready
    root = root_folder()
    folder = root / "envs" / lock_key(extra, gpu)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _Lease(folder.with_suffix(".lock"), stop, progress):
        ready = ready_environment(extra, gpu)
        if ready:
            return ready
        _check_disk(root, extra, gpu)
        uv = find_uv(root, lambda: progress(0, 0, "Downloading uv (18 MB)"))
        shutil.rmtree(folder, ignore_errors=True)
        _run([uv, "venv", "--quiet", "--no-project", "--no-config", "--python", sys.executable, str(folder)], stop)
        requirements = folder / "requirements.txt"
        requirements.write_text(lock_text(extra, gpu), encoding="utf-8")
        _install(uv, root, folder, requirements, size_of_environment(extra, gpu)[1], progress, stop)
        done = {"v": 1, "extra": extra, "gpu": gpu, "made": time.time(), "python": sys.version.split()[0]}
        write_atomically(folder / "complete.json", json.dumps(done), durable=True)
    return interpreter_of(folder)


def _install(
    uv: str, root: Path, folder: Path, requirements: Path, total: int, progress: Progress, stop: Callable[[], bool]
) -> None:
    downloads = Path(os.environ.get("UV_CACHE_DIR") or root / "downloads")
    before = folder_bytes(downloads)
    latest = time.monotonic()
    command = [uv, "pip", "install", "--no-config", "--python", str(interpreter_of(folder)), "--no-deps"]
    command += ["--only-binary", ":all:", "--require-hashes", "--requirement", str(requirements)]

    def look() -> None:
        nonlocal latest
        if time.monotonic() - latest < POLL_S:
            return
        latest = time.monotonic()
        # uv unpacks while it downloads, first into its cache: only that growth can be watched.
        grown = folder_bytes(downloads) - before
        progress(min(grown, total), total, "Installing PyTorch and the training libraries")

    progress(0, total, "Installing PyTorch and the training libraries")
    _run(command, stop, look, {"UV_CACHE_DIR": str(downloads)})
    progress(total, total, "The environment is ready")


def find_uv(root: Path, on_install: Callable[[], None] = lambda: None) -> str:
    """uv from the PATH, else our own copy, else one brought with pip into our cache (pinned by hash)."""
    own = root / "uv" / "bin" / ("uv.exe" if os.name == "nt" else "uv")
    for candidate in (shutil.which("uv"), str(own)):
        if candidate and usable_uv(candidate):
            return candidate
    on_install()
    command = [sys.executable, "-I", "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"]
    command += ["--upgrade", "--target", str(root / "uv"), "--no-deps", "--require-hashes"]
    _run([*command, "--requirement", str(FOLDER / "uv.txt")], lambda: False)
    return str(own)


def usable_uv(program: str) -> bool:
    try:
        words = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=UV_TIMEOUT_S).stdout
    except (OSError, subprocess.SubprocessError):
        return False
    version = re.match(r"uv (\d+)\.(\d+)", words)
    return bool(version) and (int(version[1]), int(version[2])) >= OLDEST_UV


def _installer_environment() -> dict[str, str]:
    """uv does not read pip's configuration, yet that is where a mirror or a certificate is named."""
    environment = {**os.environ, "UV_NO_PROGRESS": "1"}
    # Certificates as pip looks at them: a company's own stand in the system's store. The second name is older uv's.
    environment.setdefault("UV_SYSTEM_CERTS", "true")
    environment.setdefault("UV_NATIVE_TLS", "true")
    settings = _pip_settings()
    if not ("UV_DEFAULT_INDEX" in environment or "UV_INDEX_URL" in environment):
        index = environment.get("PIP_INDEX_URL") or settings.get("index-url")
        if index:
            environment["UV_DEFAULT_INDEX"] = index
    certificate = environment.get("PIP_CERT") or settings.get("cert")
    if certificate and "SSL_CERT_FILE" not in environment:
        environment["SSL_CERT_FILE"] = certificate
    return environment


def _pip_settings() -> dict[str, str]:
    """`global` and `install` of pip's files. From `list`: `get` looks into one file only, and /etc/pip.conf is another."""
    command = [sys.executable, "-I", "-m", "pip", "config", "list"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=UV_TIMEOUT_S)
    except (OSError, subprocess.SubprocessError):
        return {}
    found = re.findall(r"^(?:global|install)\.([\w-]+)='(.*)'$", answer.stdout, re.M)
    return dict(found)


def _run(
    command: list[str],
    stop: Callable[[], bool],
    look: Callable[[], None] = lambda: None,
    extra_environment: dict[str, str] | None = None,
) -> None:
    environment = {**_installer_environment(), **(extra_environment or {})}
    with tempfile.TemporaryFile() as output:
        child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, env=environment
        )
        while child.poll() is None:
            if stop():
                child.terminate()
                child.wait()
                raise Stopped
            look()
            time.sleep(0.1)
        output.seek(0)
        words = output.read().decode("utf-8", "replace")
    if child.returncode != 0:
        raise installation_problem(words)


_NETWORK = re.compile(
    r"failed to fetch|error sending request|could not connect|connection (refused|reset|error)|dns error|name resolution|"
    r"timed out|timeout|network (is unreachable|connectivity)|failed to establish|max retries|tunnel error|certificate|"
    r"not be found in the registry|no matching distribution",
    re.I,
)
_HASH = re.compile(r"hash mismatch|do not match the hashes", re.I)
_PLATFORM = re.compile(r"no wheels? (with a matching|are usable|found)|not a supported wheel|platform tag", re.I)


def installation_problem(words: str) -> Problem:
    """What an installer's output means for a person."""
    last = "\n".join(words.strip().splitlines()[-6:])[-1200:]
    if FULL_WORDS.search(words):
        return Problem(
            "disk_full",
            f"The disk became full while the environment was installed.\n{last}",
            "Free some space, or name a folder on another disk as the target's root (SMT_ROOT on this machine).",
        )
    if _HASH.search(words):
        return Problem(
            "hash_mismatch",
            f"A downloaded package is not the one this version was tested with; nothing was installed.\n{last}",
            "A proxy or mirror may have changed it: try again, or from another network.",
        )
    if "No module named pip" in words:
        return Problem(
            "no_installer", "This Python has no pip, and uv is not on the PATH.", "Install uv or python3-pip there."
        )
    if _PLATFORM.search(words):
        return Problem(
            "unsupported_platform",
            f"There is no ready-made package for this machine.\n{last}",
            "Train on a 64-bit Linux machine or an Apple-silicon Mac (a target over SSH will do).",
            retryable=False,
        )
    if _NETWORK.search(words):
        return Problem(
            "no_network",
            f"The package index cannot be reached.\n{last}",
            "Check network and proxy; a mirror is set with PIP_INDEX_URL or UV_DEFAULT_INDEX. What is there is kept.",
        )
    return Problem("environment", f"The environment could not be made.\n{last}", "The log has the details.")


def _check_disk(root: Path, extra: str, gpu: bool) -> None:
    root.mkdir(parents=True, exist_ok=True)
    free, needed = shutil.disk_usage(root).free, size_of_environment(extra, gpu)[1]
    if free < needed:
        raise Problem(
            "disk_full",
            f"The environment needs {needed / 1e9:.1f} GB in {root}, and {free / 1e9:.1f} GB are free.",
            "Free some space, or set SMT_ROOT to a folder on another disk.",
        )


class _Lease:
    """A file lock: the second job waits for the first one's installation instead of spoiling it."""

    def __init__(self, file: Path, stop: Callable[[], bool], progress: Progress):
        self._file, self._stop, self._progress = file, stop, progress

    def __enter__(self) -> None:
        self._stream = open(self._file, "a")  # noqa: SIM115 - held until __exit__
        try:
            import fcntl
        except ImportError:
            return
        while True:
            try:
                fcntl.flock(self._stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except OSError:
                if self._stop():
                    raise Stopped from None
                self._progress(0, 0, "Another job is making the environment")
                time.sleep(POLL_S)

    def __exit__(self, *_: object) -> None:
        self._stream.close()
