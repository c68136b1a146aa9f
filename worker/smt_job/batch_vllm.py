"""Batch files on a GPU: vLLM's own engine, offline, in groups that are written and synced one after the other.

Its test (`tests/test_gpu.py`) needs a GPU with vLLM and is skipped elsewhere. It speaks vLLM's documented Python
interface (`LLM.generate`, token prompts) and shares reading, sampling parameters and answers with the CPU engine, which
is tested everywhere.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from .batch_file import BatchOutput
from .batch_progress import Stop, Tally, read_pending
from .marked import say
from .openai_shapes import SCORE, Request, completion_body, read_request, score_body
from .weights import local_weights

# vLLM schedules within a call; a group is what a stop or a crash can lose.
GROUP = 512


def answer_with_vllm(
    arguments: argparse.Namespace, lines: list[dict], output: BatchOutput, tally: Tally, stop: Stop
) -> None:
    from vllm import LLM

    folder = local_weights(Path(arguments.model)).folder
    dtype = {"fp32": "float32", "bf16": "bfloat16", "auto": "auto"}[arguments.dtype]
    engine = LLM(model=str(folder), dtype=dtype, enable_prefix_caching=True, trust_remote_code=False)
    tokenizer, context = engine.get_tokenizer(), engine.llm_engine.model_config.max_model_len
    say(type="phase", name="generate")
    tally.begin()
    pending = read_pending(
        lines,
        output,
        tally,
        lambda line: read_request(line["custom_id"], line.get("url", ""), line.get("body"), tokenizer, context),
    )
    for begin in range(0, len(pending), GROUP):
        if stop.asked:
            return
        group = pending[begin : begin + GROUP]
        _complete(engine, [one for one in group if one.url != SCORE], output, tally)
        _score(engine, [one for one in group if one.url == SCORE], output, tally)
        output.sync()


def _complete(engine, requests: list[Request], output: BatchOutput, tally: Tally) -> None:
    from vllm import SamplingParams

    if not requests:
        return
    prompts = [{"prompt_token_ids": one.ids} for one in requests]
    parameters = [
        SamplingParams(
            temperature=one.sampling.temperature,
            top_p=one.sampling.top_p or 1e-9,
            top_k=one.sampling.top_k or -1,
            max_tokens=one.sampling.max_tokens,
            seed=one.sampling.seed,
            stop=one.sampling.stop or None,
        )
        for one in requests
    ]
    for request, result in zip(requests, engine.generate(prompts, parameters, use_tqdm=False), strict=True):
        answer = result.outputs[0]
        body = completion_body(request, answer.text, answer.finish_reason or "stop", len(answer.token_ids))
        output.append(request.custom_id, body)
        tally.add(len(answer.token_ids))


def _score(engine, requests: list[Request], output: BatchOutput, tally: Tally) -> None:
    from vllm import SamplingParams

    if not requests:
        return
    # prompt_logprobs of prompt + choice: the choice's own tokens stand at its end; prefix caching reads a prompt once.
    prompts = [{"prompt_token_ids": one.ids + choice} for one in requests for choice in one.choices]
    parameters = SamplingParams(temperature=0, max_tokens=1, prompt_logprobs=0)
    results = iter(engine.generate(prompts, parameters, use_tqdm=False))
    for request in requests:
        per_token = []
        for choice in request.choices:
            logs = next(results).prompt_logprobs[-len(choice) :]
            per_token.append([logs[place][token].logprob for place, token in enumerate(choice)])
        output.append(request.custom_id, score_body(request, per_token))
        tally.add(sum(map(len, per_token)))
