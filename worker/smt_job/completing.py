"""Answers a group of prompts at once: own sampling per row, finished rows leave the batch, a shared prefix is read once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import torch

from .openai_shapes import Request
from .student import Student, copied, shared_prefix

# Tokens looked at again for a stop text: it may begin inside an earlier token.
STOP_TAIL = 24


@dataclass
class _Row:
    request: Request
    generator: torch.Generator
    tokens: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Answer:
    request: Request
    text: str
    finish: str
    tokens: int


@torch.inference_mode()
def complete(
    student: Student,
    requests: list[Request],
    give_up: Callable[[], bool] = lambda: False,
    on_token: Callable[[Request, list[int]], None] = lambda *_: None,
) -> Iterator[Answer]:
    """Yields each answer as it ends. `give_up` leaves the rest unanswered."""
    rows = [_Row(request, torch.Generator().manual_seed(request.sampling.seed)) for request in requests]
    logits, cache, mask, positions = _prefill(student, [request.ids for request in requests])
    while rows:
        if give_up():
            return
        keep = []
        for index, row in enumerate(rows):
            token = draw(logits[index], row)
            finish, text = _ended(student, row, token)
            on_token(row.request, row.tokens)
            if finish:
                yield Answer(row.request, text, finish, len(row.tokens) + (finish == "stop" and token in student.eos))
            else:
                keep.append(index)
        if not keep:
            return
        if len(keep) < len(rows):
            index = student.tensor(keep)
            rows = [rows[i] for i in keep]
            cache.batch_select_indices(index)
            mask, positions = mask[index], positions[index]
        mask = torch.cat([mask, mask.new_ones(len(rows), 1)], 1)
        positions = positions + 1
        out = student.model(
            input_ids=student.tensor([[row.tokens[-1]] for row in rows]),
            attention_mask=mask,
            position_ids=positions[:, None],
            past_key_values=cache,
            use_cache=True,
            logits_to_keep=1,
        )
        logits, cache = out.logits[:, -1].float(), out.past_key_values


def _prefill(student: Student, prompts: list[list[int]]):
    """(logits [rows, vocabulary], cache, mask [rows, tokens], position of the last token [rows])."""
    shared = shared_prefix(prompts)
    cache = None
    if shared:
        _logits, cache = student.read(prompts[0][:shared])
        cache = copied(cache, len(prompts))
    suffixes = [prompt[shared:] for prompt in prompts]
    longest = max(map(len, suffixes))
    # Padded on the left: then every row's next token comes at the same place.
    ids = student.tensor([[0] * (longest - len(suffix)) + suffix for suffix in suffixes])
    own = [[0] * (longest - len(suffix)) + [1] * len(suffix) for suffix in suffixes]
    mask = student.tensor([[1] * shared + row for row in own])
    positions = (mask.cumsum(1) - 1).clamp(min=0)
    out = student.model(
        input_ids=ids,
        attention_mask=mask,
        position_ids=positions[:, shared:],
        past_key_values=cache,
        use_cache=True,
        logits_to_keep=1,
    )
    return out.logits[:, -1].float(), out.past_key_values, mask, positions[:, -1]


def draw(logits: torch.Tensor, row: _Row) -> int:
    """The next token. temperature, then top_k, then top_p (the smallest set of tokens that holds that mass)."""
    sampling = row.request.sampling
    if sampling.temperature == 0:
        return int(logits.argmax())
    logits = logits.cpu() / sampling.temperature
    if 0 < sampling.top_k < logits.numel():
        logits = logits.masked_fill(logits < logits.topk(sampling.top_k).values[-1], float("-inf"))
    probabilities = logits.softmax(-1)
    if sampling.top_p < 1:
        sorted_probabilities, order = probabilities.sort(descending=True)
        before = sorted_probabilities.cumsum(-1) - sorted_probabilities
        sorted_probabilities[before >= sampling.top_p] = 0
        sorted_probabilities[0] = sorted_probabilities[0].clamp(min=1e-12)
        return int(order[torch.multinomial(sorted_probabilities, 1, generator=row.generator)])
    return int(torch.multinomial(probabilities, 1, generator=row.generator))


def _ended(student: Student, row: _Row, token: int) -> tuple[str | None, str]:
    """(finish_reason, text) once the row has ended."""
    sampling, decode = row.request.sampling, student.tokenizer.decode
    if token in student.eos:
        return "stop", decode(row.tokens, skip_special_tokens=True)
    row.tokens.append(token)
    if sampling.stop:
        tail = decode(row.tokens[-STOP_TAIL:], skip_special_tokens=True)
        if any(stop in tail for stop in sampling.stop):
            text = decode(row.tokens, skip_special_tokens=True)
            found = [at for at in (text.find(stop) for stop in sampling.stop) if at >= 0]
            if found:
                return "stop", text[: min(found)]
    if len(row.tokens) >= sampling.max_tokens:
        return "length", decode(row.tokens, skip_special_tokens=True)
    return None, ""
