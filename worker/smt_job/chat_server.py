"""A small OpenAI-compatible server on the loopback: /v1/models, chat and text completions (streamed or whole), scores.

One thread owns the model; requests that wait are answered together.
"""

from __future__ import annotations

import hmac
import json
import queue
import threading
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from .completing import complete
from .openai_shapes import CHAT, COMPLETION, SCORE, Refused, Request, completion_body, read_request, score_body
from .scoring import score
from .student import Student

MAX_BODY = 8 * 1024 * 1024
TOGETHER = 16
WAIT_S = 600


class _Asked:
    """One request on its way: pieces of its answer, then the whole body or an exception."""

    def __init__(self, request: Request):
        self.request = request
        self.pieces: queue.Queue = queue.Queue()
        self.gone = False
        self._shown = ""

    def grow(self, text: str) -> None:
        # A piece that ends inside a character is held back until it is whole.
        if len(text) > len(self._shown) and not text.endswith("\ufffd"):
            self.pieces.put(text[len(self._shown) :])
            self._shown = text

    def end(self, body: dict | Exception) -> None:
        self.pieces.put(body)


class ChatServer:
    """`with ChatServer(...)`: serves until the block ends. `port` 0 takes any free one."""

    def __init__(self, student: Student, name: str, port: int, key: str | None):
        self.student, self.name, self.key = student, name, key
        self._waiting: queue.Queue[_Asked | None] = queue.Queue()
        server = self

        class Handler(_Handler):
            serving = server

        self._http = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._http.daemon_threads = True
        self.port = self._http.server_address[1]
        self._threads = [
            threading.Thread(target=self._http.serve_forever, args=(0.1,), daemon=True),
            threading.Thread(target=self._answer, daemon=True),
        ]

    def __enter__(self) -> ChatServer:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._waiting.put(None)

    def ask(self, request: Request) -> _Asked:
        asked = _Asked(request)
        self._waiting.put(asked)
        return asked

    def _answer(self) -> None:
        while (first := self._waiting.get()) is not None:
            group = [first]
            while len(group) < TOGETHER and not self._waiting.empty():
                more = self._waiting.get()
                if more is None:
                    return
                group.append(more)
            try:
                self._answer_group(group)
            except Exception as error:  # noqa: BLE001 - one bad request must not end the server
                for asked in group:
                    asked.end(error)

    def _answer_group(self, group: list[_Asked]) -> None:
        scored = [one for one in group if one.request.url == SCORE]
        written = {one.request.custom_id: one for one in group if one.request.url != SCORE}
        for asked in scored:
            for request, per_token in score(self.student, [asked.request]):
                asked.end(score_body(request, per_token))
        if not written:
            return

        def on_token(request: Request, tokens: list[int]) -> None:
            # With stop texts, what is written may still be taken back.
            if not request.sampling.stop:
                text = self.student.tokenizer.decode(tokens, skip_special_tokens=True)
                written[request.custom_id].grow(text)

        def all_gone() -> bool:
            return all(one.gone for one in written.values())

        for answer in complete(self.student, [one.request for one in written.values()], all_gone, on_token):
            asked = written[answer.request.custom_id]
            asked.grow(answer.text)
            asked.end(completion_body(answer.request, answer.text, answer.finish, answer.tokens))


class _Handler(BaseHTTPRequestHandler):
    serving: ChatServer
    protocol_version = "HTTP/1.1"
    timeout = 60

    def log_message(self, *_: object) -> None:
        """No line per request: prompts and keys stay out of the log."""

    def do_GET(self) -> None:
        if not self._may_enter():
            return
        if self.path == "/v1/models":
            model = {"id": self.serving.name, "object": "model", "created": 0, "owned_by": "smt"}
            # vLLM's name for what a prompt and its answer may take together.
            model["max_model_len"] = self.serving.student.context
            return self._send(200, {"object": "list", "data": [model]})
        if self.path == "/health":
            return self._send(200, {"status": "ok"})
        return self._refuse(404, "not_found", f"{self.path} is not answered here")

    def do_POST(self) -> None:
        if not self._may_enter():
            return
        length = self.headers.get("content-length", "")
        if not length.isdigit() or int(length) > MAX_BODY:
            self.close_connection = True
            return self._refuse(413, "invalid_request", "the body must have a length of at most 8 MB")
        raw = self.rfile.read(int(length))
        # A web page can post plain text across origins without asking; JSON it can't.
        if self.headers.get_content_type() != "application/json":
            return self._refuse(415, "invalid_request", "content-type must be application/json")
        if self.path not in (CHAT, COMPLETION, SCORE):
            return self._refuse(404, "not_found", f"{self.path} is not answered here")
        try:
            body = json.loads(raw)
            student = self.serving.student
            request = read_request(uuid.uuid4().hex, self.path, body, student.tokenizer, student.context)
        except ValueError:
            return self._refuse(400, "invalid_request", "the body is not JSON")
        except Refused as refusal:
            return self._refuse(400, refusal.code, str(refusal))
        asked = self.serving.ask(request)
        try:
            stream = body.get("stream") is True and self.path != SCORE
            options = body.get("stream_options")
            usage = isinstance(options, dict) and options.get("include_usage") is True
            return self._stream(asked, usage) if stream else self._whole(asked)
        except (BrokenPipeError, ConnectionResetError):
            asked.gone = True
            self.close_connection = True

    def _whole(self, asked: _Asked) -> None:
        while isinstance(piece := asked.pieces.get(timeout=WAIT_S), str):
            pass
        if isinstance(piece, Exception):
            return self._send(500, {"error": _failed(piece)})
        return self._send(200, piece)

    def _stream(self, asked: _Asked, with_usage: bool) -> None:
        """Server-sent events in OpenAI's chunk shape: a piece a token, the reason for the end, the usage where asked for."""
        chat = self.path == CHAT
        head = {"id": f"smt-{asked.request.custom_id}", "created": 0, "model": asked.request.model}
        head["object"] = "chat.completion.chunk" if chat else "text_completion"
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("connection", "close")
        self.end_headers()
        self.close_connection = True

        def event(data: dict) -> None:
            self.wfile.write(f"data: {json.dumps(data)}\n\n".encode())
            self.wfile.flush()

        def chunk(delta: dict, finish: str | None = None) -> None:
            choice: dict = {"index": 0, "finish_reason": finish}
            choice |= {"delta": delta} if chat else {"text": delta.get("content", "")}
            event({**head, "choices": [choice]})

        if chat:
            chunk({"role": "assistant", "content": ""})
        while isinstance(piece := asked.pieces.get(timeout=WAIT_S), str):
            chunk({"content": piece})
        if isinstance(piece, Exception):
            # The status is on its way already: the error comes as an event, as vLLM sends it.
            return event({"error": _failed(piece)})
        chunk({}, piece["choices"][0]["finish_reason"])
        if with_usage:
            event({**head, "choices": [], "usage": piece["usage"]})
        self.wfile.write(b"data: [DONE]\n\n")

    def _may_enter(self) -> bool:
        """The key where there is one; and only names of this machine, or a web page could reach us by its own name."""
        host = (self.headers.get("host") or "").rsplit(":", 1)[0]
        if host not in ("127.0.0.1", "localhost", "[::1]"):
            self._refuse(403, "forbidden", "this server answers to 127.0.0.1 only")
            return False
        key = self.serving.key
        given = self.headers.get("authorization") or ""
        if key and not hmac.compare_digest(given.encode(), f"Bearer {key}".encode()):
            self._refuse(401, "invalid_api_key", "a key is needed")
            return False
        return True

    def _refuse(self, status: int, code: str, message: str) -> None:
        # What was not read would be taken for the next request.
        self.close_connection = True
        self._send(status, {"error": _error(code, message)})

    def _send(self, status: int, body: dict) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def _error(code: str, message: str) -> dict:
    return {"message": message, "type": code, "code": code}


def _failed(error: Exception) -> dict:
    return _error("failed", f"{type(error).__name__}: {error}"[:500])
