"""Log-likelihood of each choice's tokens after a prompt. The prompt is read once, whatever the number of choices."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from .openai_shapes import Request
from .student import Student, copied, shared_prefix


@torch.inference_mode()
def score(student: Student, requests: list[Request]) -> Iterator[tuple[Request, list[list[float]]]]:
    """Per request, per choice: the log-probability (natural) of each of its tokens given everything before it."""
    shared = shared_prefix([request.ids for request in requests])
    prefix = student.read(requests[0].ids[:shared])[1] if shared else None
    for request in requests:
        cache = copied(prefix) if prefix is not None else None
        first, cache = student.read(request.ids[shared:], cache, shared)
        yield request, _choices(student, request, first.log_softmax(-1), cache)


def _choices(student: Student, request: Request, first: torch.Tensor, cache) -> list[list[float]]:
    scores = [[float(first[choice[0]])] for choice in request.choices]
    longest = max(map(len, request.choices))
    if longest == 1:
        return scores
    rows = len(request.choices)
    if rows > 1:
        cache.batch_repeat_interleave(rows)
    # Padded on the right: a causal model never looks there, so no mask is needed.
    inputs = student.tensor([choice[:-1] + [0] * (longest - len(choice)) for choice in request.choices])
    past = len(request.ids)
    positions = torch.arange(past, past + longest - 1, device=student.device)[None].expand(rows, -1)
    out = student.model(input_ids=inputs, position_ids=positions, past_key_values=cache, use_cache=True)
    logs = out.logits.float().log_softmax(-1)
    for row, choice in enumerate(request.choices):
        for place, token in enumerate(choice[1:]):
            scores[row].append(float(logs[row, place, token]))
    return scores
