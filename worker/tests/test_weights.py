"""Weights from a hub: a real HTTP server on loopback speaks the hub's few calls; the client is the library's own."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from conftest import WORKER

MODEL, REVISION = "acme/tiny", "a" * 40
CANARY = "canary-2c9d41aa70"


class Hub(ThreadingHTTPServer):
    """One model at one revision; `gated` refuses whoever does not bring `token`."""

    def __init__(self, folder: Path, token: str | None = None):
        super().__init__(("127.0.0.1", 0), _Answers)
        self.files = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
        self.token = token
        self.asked: list[tuple[str, str]] = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Hub

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def _answer(self, body: bool) -> None:
        authorization = self.headers.get("Authorization", "")
        self.server.asked.append((self.path, authorization))
        path = self.path.split("?")[0]
        name = path.rpartition("/")[2]
        if self.server.token and authorization != f"Bearer {self.server.token}":
            return self._send(403, b"{}", body, {"X-Error-Code": "GatedRepo", "X-Error-Message": "Accept the licence."})
        if path == f"/api/models/{MODEL}/tree/{REVISION}":
            files = self.server.files.items()
            listed = [{"type": "file", "path": one, "size": len(content), "oid": "0" * 40} for one, content in files]
            return self._send(200, json.dumps(listed).encode(), body, {"Content-Type": "application/json"})
        if path == f"/{MODEL}/resolve/{REVISION}/{name}" and name in self.server.files:
            content = self.server.files[name]
            etag = hashlib.sha256(content).hexdigest()
            return self._send(200, content, body, {"ETag": f'"{etag}"', "X-Repo-Commit": REVISION})
        return self._send(404, b"{}", body, {"X-Error-Code": "RevisionNotFound"})

    def _send(self, status: int, content: bytes, body: bool, headers: dict) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        if body:
            self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


FETCH = """
import json, sys
from smt_job.problem import Problem
from smt_job.weights import hub_weights
try:
    weights = hub_weights(sys.argv[1], sys.argv[2])
    print(json.dumps({"folder": str(weights.folder), "sha256": weights.sha256, "source": weights.source}))
except Problem as problem:
    print(json.dumps({"code": problem.code, "message": problem.message, "hint": problem.hint}))
"""


@pytest.fixture
def fetch(tmp_path):
    """Fetches as a job does: keys over standard input, the root of its own."""

    def run(hub: Hub, keys: dict, revision: str = REVISION) -> tuple[dict, str]:
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "HUGGING"))}
        environment |= {"HF_ENDPOINT": hub.url, "SMT_ROOT": str(tmp_path / "root"), "HOME": str(tmp_path)}
        environment |= {"PYTHONPATH": str(WORKER), "HF_HUB_DISABLE_XET": "1", "NO_PROXY": "127.0.0.1"}
        command = [sys.executable, "-c", FETCH, MODEL, revision]
        done = subprocess.run(
            command, env=environment, input=f"{json.dumps(keys)}\n", capture_output=True, text=True, timeout=300
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1]), done.stdout + done.stderr

    return run


def test_the_pinned_revision_is_fetched_and_its_hash_is_that_of_the_files(fetch, student):
    from smt_job.weights import folder_hash

    hub = Hub(student)
    found, _ = fetch(hub, {})
    assert found["sha256"] == folder_hash(student)
    assert found["source"] == f"{MODEL}@{REVISION}"
    assert (Path(found["folder"]) / "tokenizer.json").read_bytes() == (student / "tokenizer.json").read_bytes()
    before = len(hub.asked)
    assert fetch(hub, {})[0] == found
    assert not [path for path, _ in hub.asked[before:] if path.endswith(".safetensors")]


def test_a_gate_says_what_to_do_and_opens_to_the_token_of_that_very_origin(fetch, student):
    hub = Hub(student, token=CANARY)
    # A key for another origin is never shown to the hub, whatever its name looks like.
    refused, words = fetch(hub, {"https://huggingface.example": CANARY, "https://api.example": CANARY})
    assert refused["code"] == "gated"
    assert "licence" in refused["message"] and "token" in refused["hint"]
    assert all(CANARY not in authorization for _, authorization in hub.asked)
    found, more = fetch(hub, {"https://huggingface.co": CANARY})
    assert found["source"] == f"{MODEL}@{REVISION}"
    assert CANARY not in words + more


def test_a_revision_that_is_not_there_names_it(fetch, student):
    found, _ = fetch(Hub(student), {}, "b" * 40)
    assert found["code"] == "weights"
    assert f"{MODEL}@{'b' * 40} could not be fetched" in found["message"]
