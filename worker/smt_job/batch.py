"""`batch`, inside the environment: answers what the output lacks, group by group, with vLLM or transformers."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from .batch_file import BatchOutput, read_input
from .batch_progress import Stop, Tally, read_pending
from .marked import reported, say
from .openai_shapes import SCORE, Request, completion_body, read_request, score_body
from .problem import CANCELLED, DONE

# Rows and tokens (prompt and answer) of one group: what fits a laptop's memory and keeps two cores busy.
GROUP_ROWS, GROUP_TOKENS = 32, 24_000
# Requests whose first tokens agree come from one prompt preset: they share a prefix.
BUCKET = 64


def groups(requests: list[Request]) -> Iterator[list[Request]]:
    """Like with like. Written answers first: they are what a person waits for."""
    yield from _by_length([request for request in requests if request.url != SCORE])
    yield from _by_beginning([request for request in requests if request.url == SCORE])


def _by_length(requests: list[Request]) -> Iterator[list[Request]]:
    """Answers are written side by side: same beginning, similar length, so that little is padding."""

    def order(request: Request):
        return (request.ids[:BUCKET], len(request.ids), request.sampling.max_tokens)

    group: list[Request] = []
    longest = 0
    for request in sorted(requests, key=order):
        longest = max(longest, len(request.ids) + request.sampling.max_tokens)
        mixed = bool(group) and order(group[0])[0] != order(request)[0] and len(request.ids) > BUCKET
        full = len(group) >= GROUP_ROWS or longest * (len(group) + 1) > GROUP_TOKENS
        if group and (mixed or full):
            yield group
            group, longest = [], len(request.ids) + request.sampling.max_tokens
        group.append(request)
    if group:
        yield group


def _by_beginning(requests: list[Request]) -> Iterator[list[Request]]:
    """Choices are scored one request after another behind what a group shares: a whole document is read once, not again
    for each of its questions. Nothing is padded, so a group has no limit in tokens."""
    from .student import shared_prefix

    rows = sorted(requests, key=lambda request: request.ids)
    # What each row shares with the one before; the last entry ends the last group.
    same = [0, *(shared_prefix([one.ids, other.ids]) for one, other in pairwise(rows)), 0]
    group: list[Request] = []
    shared = 0
    for at, request in enumerate(rows):
        # Those before, or the next one, share far more: another document begins.
        apart = same[at] * 2 < max(shared, same[at + 1])
        if group and (apart or len(group) >= GROUP_ROWS):
            yield group
            group = []
        shared = same[at] if len(group) == 1 else min(shared, same[at]) if group else 0
        group.append(request)
    if group:
        yield group


def answer(requests: list[Request], student, output: BatchOutput, tally: Tally, stop: Stop) -> None:
    from .completing import complete
    from .scoring import score

    for group in groups(requests):
        if group[0].url == SCORE:
            for request, per_token in score(student, group):
                output.append(request.custom_id, score_body(request, per_token))
                tally.add(sum(map(len, per_token)))
                if stop.overdue():
                    break
        else:
            for one in complete(student, group, stop.overdue):
                output.append(one.request.custom_id, completion_body(one.request, one.text, one.finish, one.tokens))
                tally.add(one.tokens)
        output.sync()
        if stop.asked:
            return


def work(arguments: argparse.Namespace, stop: Stop) -> int:
    lines = read_input(arguments.input)
    output = BatchOutput(arguments.output)
    try:
        tally = Tally(sum(line["custom_id"] in output.answered for line in lines), len(lines))
        if tally.done == tally.total:
            tally.tell()
            return DONE
        say(type="phase", name="load")
        if arguments.device != "cpu" and _vllm_is_here():
            from .batch_vllm import answer_with_vllm

            answer_with_vllm(arguments, lines, output, tally, stop)
        else:
            from .student import Student

            student = Student(Path(arguments.model), arguments.device, arguments.dtype)
            if stop.asked:
                return CANCELLED
            say(type="phase", name="generate")
            tally.begin()
            pending = read_pending(
                lines,
                output,
                tally,
                lambda line: read_request(
                    line["custom_id"], line.get("url", ""), line.get("body"), student.tokenizer, student.context
                ),
            )
            answer(pending, student, output, tally, stop)
        tally.tell()
        return CANCELLED if stop.asked and tally.done < tally.total else DONE
    finally:
        output.close()


def _vllm_is_here() -> bool:
    import importlib.util

    import torch

    return torch.cuda.is_available() and importlib.util.find_spec("vllm") is not None


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="smt_job.batch")
    for name in ("model", "device", "dtype"):
        parser.add_argument(f"--{name}", required=True)
    for name in ("input", "output"):
        parser.add_argument(f"--{name}", required=True, type=Path)
    return reported(lambda: work(parser.parse_args(argv), Stop()))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]) or 0)
