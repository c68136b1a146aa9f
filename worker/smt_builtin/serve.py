"""llama.cpp's server for one GGUF on the loopback, for as long as somebody uses it.

Reads one JSON object from stdin (the key never stands in argv or the environment), answers one line on stdout:
{"ready": true, "pid", "port"} or {"ready": false, "error"}. From then on it watches two things: the folder of its
users, and the state file that names it. It ends when nobody is left, or when the state file names another server.
"""

import json
import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # isolated mode (-I) leaves the script's own folder out

import users  # noqa: E402

LOOK_EVERY_S = 0.5
# A terminal that runs one command after the other keeps its server.
GRACE_S = 3.0


def main() -> None:
    order = json.loads(sys.stdin.readline())
    answer = os.fdopen(os.dup(1), "w", encoding="utf-8")
    log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)

    def say(**line: object) -> None:
        answer.write(json.dumps(line) + "\n")
        answer.flush()

    try:
        server = start(order)
        port = int(server.listening_address.rsplit(":", 1)[1])
    except Exception as error:  # whatever the native side throws is the reason the person sees
        say(ready=False, error=str(error))
        raise SystemExit(1) from error
    say(ready=True, pid=os.getpid(), port=port)
    answer.close()
    wait_for_last_user(Path(order["users"]), Path(order["state"]))
    os._exit(0)  # the native threads have nothing to save, and joining them takes seconds


def start(order: dict):
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = order["gguf"]
    params.model_alias = {order["alias"]}
    params.hostnames = ["127.0.0.1"]
    params.port = order["port"]
    params.api_keys = [order["key"]]
    params.n_parallel = order["slots"]
    params.n_ctx = order["slots"] * order["context_tokens"]
    params.cpuparams.n_threads = order["threads"]
    params.cpuparams_batch.n_threads = order["threads"]
    # Prompts in host memory beside the slots: the default limit is 8 GB.
    params.cache_ram_mib = order["cache_mib"]
    if order.get("embedding"):
        # Every text is read in one pass, so a pass must hold the longest.
        params.embedding = True
        params.n_batch = params.n_ubatch = max(512, order["context_tokens"])
    params.verbosity = 2  # warnings: four lines a request would outgrow the disk
    params.ui = False
    params.endpoint_slots = False
    params.cors_origins = ""
    return xllamacpp.Server(params)


def wait_for_last_user(folder: Path, state: Path) -> None:
    idle_since = None
    while True:
        time.sleep(LOOK_EVERY_S)
        if named_in(state) not in (None, os.getpid()):
            return
        if users.living(folder):
            idle_since = None
            continue
        idle_since = idle_since or time.monotonic()
        if time.monotonic() - idle_since >= GRACE_S and leave(folder, state):
            return


def leave(folder: Path, state: Path) -> bool:
    """Takes the state file away first and looks for users again: whoever registered before reading it is seen."""
    leaving = state.with_name(f"{state.name}.{os.getpid()}.leaving")
    try:
        state.rename(leaving)
    except FileNotFoundError:
        return not users.living(folder)
    if users.living(folder):
        leaving.rename(state)
        return False
    leaving.unlink(missing_ok=True)
    return True


def named_in(state: Path) -> int | None:
    try:
        return json.loads(state.read_text(encoding="utf-8")).get("pid")
    except (OSError, ValueError):
        return None  # not written yet, or being replaced


if __name__ == "__main__":
    main()
