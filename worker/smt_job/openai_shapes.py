"""Requests and answers in OpenAI's shapes, shared by batch files and the server."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass, field

CHAT, COMPLETION, SCORE = "/v1/chat/completions", "/v1/completions", "/v1/smt/score"
DEFAULT_MAX_TOKENS = 512


class Refused(Exception):
    """A request that can't be answered; the others can."""

    def __init__(self, code: str, message: str):
        super().__init__(message)
        self.code = code


@dataclass
class Sampling:
    """temperature 0 is greedy. `seed` makes the draw repeatable whatever shares the batch."""

    temperature: float = 1.0
    top_p: float = 1.0
    top_k: int = 0
    max_tokens: int = DEFAULT_MAX_TOKENS
    seed: int = 0
    stop: list[str] = field(default_factory=list)


@dataclass
class Request:
    """`ids`: tokens of the prompt. `choices`: tokens of each choice, for scoring only."""

    custom_id: str
    url: str
    model: str
    ids: list[int]
    sampling: Sampling
    choices: list[list[int]] = field(default_factory=list)


def read_request(custom_id: str, url: str, body, tokenizer, context: int) -> Request:
    """Raises Refused with a reason for the one who wrote the request."""
    if not isinstance(body, dict):
        raise Refused("invalid_request", "body is not an object")
    if url not in (CHAT, COMPLETION, SCORE):
        raise Refused("unknown_url", f"{url} is not answered here: {CHAT}, {COMPLETION}, {SCORE} are")
    if body.get("n") not in (None, 1):
        raise Refused("invalid_request", "n is not supported: a replica is a request of its own")
    ids = _prompt(url, body, tokenizer)
    if not ids:
        raise Refused("invalid_request", "the prompt is empty")
    request = Request(custom_id, url, str(body.get("model", "")), ids, _sampling(custom_id, body))
    room = context - len(ids)
    if url == SCORE:
        request.choices = _choices(body, tokenizer)
        room -= max(map(len, request.choices))
    if room < 1:
        raise Refused("context_length_exceeded", f"{len(ids)} prompt tokens do not fit a context of {context}")
    request.sampling.max_tokens = min(request.sampling.max_tokens, room)
    return request


def _prompt(url: str, body: dict, tokenizer) -> list[int]:
    messages = body.get("messages")
    if url == CHAT or (url == SCORE and messages is not None):
        if not isinstance(messages, list) or not messages:
            raise Refused("invalid_request", "messages is missing")
        if not tokenizer.chat_template:
            raise Refused("no_chat_template", "this model has no chat template; use /v1/completions")
        try:
            text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        except Exception as error:  # noqa: BLE001 - a template can raise anything about the messages it is given
            raise Refused("invalid_request", f"the chat template refuses these messages: {error}") from None
        # The template wrote the special tokens already.
        return tokenizer(text, add_special_tokens=False)["input_ids"]
    prompt = body.get("prompt")
    if isinstance(prompt, list) and prompt and all(isinstance(token, int) for token in prompt):
        return prompt
    if not isinstance(prompt, str):
        raise Refused("invalid_request", "prompt must be a string")
    return tokenizer(prompt)["input_ids"]


def _choices(body: dict, tokenizer) -> list[list[int]]:
    """Tokenised apart from the prompt, so that the edge between them is exact."""
    choices = body.get("choices")
    if not isinstance(choices, list) or not choices or not all(isinstance(c, str) and c for c in choices):
        raise Refused("invalid_request", "choices must be a list of texts, none empty")
    return [tokenizer(choice, add_special_tokens=False)["input_ids"] for choice in choices]


def _number(body: dict, name: str, default: float, low: float, high: float) -> float:
    value = body.get(name)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
        raise Refused("invalid_request", f"{name} must be a number from {low} to {high}")
    return value


def _sampling(custom_id: str, body: dict) -> Sampling:
    stop = body.get("stop") or []
    stop = [stop] if isinstance(stop, str) else stop
    if not isinstance(stop, list) or not all(isinstance(one, str) and one for one in stop):
        raise Refused("invalid_request", "stop must be a text or a list of texts")
    limit = "max_completion_tokens" if body.get("max_completion_tokens") is not None else "max_tokens"
    drawn = int.from_bytes(hashlib.sha256(custom_id.encode()).digest()[:4], "big")
    return Sampling(
        temperature=_number(body, "temperature", 1.0, 0, 100),
        top_p=_number(body, "top_p", 1.0, 0, 1),
        top_k=int(_number(body, "top_k", 0, -1, 1e9)),
        max_tokens=int(_number(body, limit, DEFAULT_MAX_TOKENS, 1, 1e9)),
        seed=int(_number(body, "seed", drawn, -(2**63), 2**63 - 1)),
        stop=stop,
    )


def completion_body(request: Request, text: str, finish: str, tokens: int) -> dict:
    chat = request.url == CHAT
    choice: dict = {"index": 0, "finish_reason": finish, "logprobs": None}
    choice |= {"message": {"role": "assistant", "content": text}} if chat else {"text": text}
    return {
        "id": f"smt-{request.custom_id}",
        "object": "chat.completion" if chat else "text_completion",
        "created": int(time.time()),
        "model": request.model,
        "choices": [choice],
        "usage": usage(len(request.ids), tokens),
    }


def score_body(request: Request, per_token: list[list[float]]) -> dict:
    return {
        "object": "smt.score",
        "model": request.model,
        "choices": [{"sum": sum(one), "tokens": len(one), "per_token": one} for one in per_token],
        "usage": usage(len(request.ids), sum(map(len, per_token))),
    }


def usage(prompt: int, completion: int) -> dict:
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}
