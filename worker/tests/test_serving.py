"""A checkpoint served on the loopback, with a key that stands nowhere but in memory."""

from __future__ import annotations

import http.client
import json
import os
import threading
import time

import pytest
from conftest import Run, speak_into

KEY = "canary-serve-91c2"


@pytest.fixture(scope="module")
def served(tmp_path_factory, student):
    folder = tmp_path_factory.mktemp("serve") / "serve-1"
    folder.mkdir()
    spec = {"schema": "smt-spec/1", "run": "serve-1", "kind": "serve", "title": "t", "project": "/p", "created": 1.0}
    spec |= {"resume": "auto", "params": {"model": "tiny", "model_path": str(student)}}
    (folder / "spec.json").write_text(json.dumps(spec))
    read, write = os.pipe()
    os.write(write, json.dumps({"serve": KEY}).encode() + b"\n")
    os.close(write)
    run = Run(folder)
    run.process = os.fork()
    if run.process == 0:
        code = 70
        try:
            os.dup2(read, 0)
            import sys

            sys.stdin = os.fdopen(0)
            speak_into(folder / "stdout.log")
            from smt_job import launch, serving

            launch._hand_over = lambda _spec, run_dir, _python: serving.main(run_dir)
            code = launch.run(folder)
        finally:
            os._exit(code)
    os.close(read)
    run.wait_for(lambda events: any(e["type"] == "artifact" for e in events))
    yield run
    (folder / "stop").touch()
    assert run.wait() == 130
    assert run.of("done")[-1]["status"] == "cancelled"
    found = [f for f in folder.rglob("*") if f.is_file() and KEY.encode() in f.read_bytes()]
    assert found == []


def call(run, path, body=None, key=KEY, **headers):
    port = int(run.of("artifact")[0]["path"].split(":")[2].split("/")[0])
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"authorization": f"Bearer {key}", "content-type": "application/json", **headers}
    data = None if body is None else json.dumps(body)
    connection.request("GET" if body is None else "POST", path, data, headers)
    response = connection.getresponse()
    return response.status, response.read().decode()


def events(text: str) -> list[dict]:
    """Of a stream that ended as it should."""
    lines = [line[6:] for line in text.splitlines() if line.startswith("data: ")]
    assert lines.pop() == "[DONE]"
    return [json.loads(line) for line in lines]


CHAT = {"model": "tiny", "messages": [{"role": "user", "content": "the gate"}], "max_tokens": 6, "temperature": 0}


def test_chat_answers_and_streams_the_same_text(served):
    status, text = call(served, "/v1/chat/completions", CHAT)
    assert status == 200
    whole = json.loads(text)["choices"][0]["message"]["content"]
    counted = json.loads(text)["usage"]["completion_tokens"]
    status, text = call(served, "/v1/chat/completions", {**CHAT, "stream": True})
    assert status == 200
    chunks = events(text)
    assert chunks[0]["choices"][0]["delta"]["role"] == "assistant"
    pieces = [chunk["choices"][0]["delta"].get("content", "") for chunk in chunks]
    assert "".join(pieces) == whole and len(pieces) > 2
    assert chunks[-1]["choices"][0]["finish_reason"] in ("stop", "length")
    with_usage = {**CHAT, "stream": True, "stream_options": {"include_usage": True}}
    last = events(call(served, "/v1/chat/completions", with_usage)[1])[-1]
    assert last["choices"] == [] and last["usage"]["completion_tokens"] == counted


def test_a_listener_who_leaves_ends_the_writing(student):
    from smt_job.chat_server import ChatServer
    from smt_job.student import Student

    model = Student(student, "cpu", "fp32")
    model.eos = set()  # it would write until its context is full
    with ChatServer(model, "tiny", 0, None) as server:
        asked, ask = [], server.ask
        server.ask = lambda request: asked.append(ask(request)) or asked[-1]
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        body = json.dumps({**CHAT, "max_tokens": 500, "stream": True})
        connection.request("POST", "/v1/chat/completions", body, {"content-type": "application/json"})
        response = connection.getresponse()
        assert response.readline().startswith(b"data: ")
        response.close()
        connection.close()
        until = time.monotonic() + 120
        while not asked[0].gone and time.monotonic() < until:
            time.sleep(0.01)
        # Answered by the one thread that writes: it is done with the first.
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
        connection.request("POST", "/v1/chat/completions", json.dumps(CHAT), {"content-type": "application/json"})
        assert connection.getresponse().status == 200
        connection.close()
    left = []
    while not asked[0].pieces.empty():
        left.append(asked[0].pieces.get())
    assert asked[0].gone and all(isinstance(piece, str) for piece in left), "it was written to its end"


def test_it_names_its_model_and_scores_choices(served):
    model = json.loads(call(served, "/v1/models")[1])["data"][0]
    assert (model["id"], model["max_model_len"]) == ("tiny", 512)
    status, text = call(served, "/v1/smt/score", {"model": "tiny", "prompt": "the gate", "choices": [" of", " red"]})
    assert status == 200 and all(choice["sum"] < 0 for choice in json.loads(text)["choices"])


def test_requests_that_wait_are_answered_together(served):
    began = time.monotonic()
    results = []
    threads = [
        threading.Thread(target=lambda: results.append(call(served, "/v1/chat/completions", CHAT))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert time.monotonic() - began < 60
    assert {status for status, _ in results} == {200} and len({t.split('"choices"')[1] for _, t in results}) == 1


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"key": "wrong"}, 401),
        ({"host": "attacker.example"}, 403),
        ({"content-type": "text/plain"}, 415),
        ({"path": "/v1/embeddings"}, 404),
        ({"body": {**CHAT, "messages": []}}, 400),
    ],
)
def test_what_it_refuses(served, change, status):
    change = dict(change)
    path, body = change.pop("path", "/v1/chat/completions"), change.pop("body", CHAT)
    assert call(served, path, body, **change)[0] == status
