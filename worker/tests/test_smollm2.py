"""The built-in model itself, where this machine has it: its GGUF converted, answering, and its tokens the project's own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from smt_job.files import user_cache


@pytest.fixture(scope="module")
def smollm2():
    installed = user_cache() / "builtin" / "installed.json"
    if not installed.exists():
        pytest.skip("the built-in model is not set up on this machine (SmolLM2-135M-Instruct, 93 MB)")
    from smt_job.student import Student

    return Student(Path(json.loads(installed.read_text())["gguf"]), "cpu", "fp32")


def answers(student, *requests):
    from smt_job.completing import complete
    from smt_job.openai_shapes import read_request

    todo = [read_request(f"r{i}", url, body, student.tokenizer, 2048) for i, (url, body) in enumerate(requests)]
    return {one.request.custom_id: one for one in complete(student, todo)}


def test_it_answers_in_its_own_chat_format(smollm2):
    question = {"messages": [{"role": "user", "content": "What is the capital of France?"}], "temperature": 0}
    answer = answers(smollm2, ("/v1/chat/completions", {**question, "max_tokens": 20}))["r0"]
    assert "Paris" in answer.text and answer.finish == "stop"


def test_the_likely_choice_is_likelier(smollm2):
    from smt_job.openai_shapes import read_request
    from smt_job.scoring import score

    body = {"prompt": "The capital of France is", "choices": [" Paris", " Berlin", " Madrid"]}
    request = read_request("s", "/v1/smt/score", body, smollm2.tokenizer, 2048)
    ((_, scores),) = score(smollm2, [request])
    assert max(range(3), key=lambda i: sum(scores[i])) == 0


def test_its_tokens_are_those_the_mixture_counts(smollm2):
    """The tokenizer that TypeScript writes from the same GGUF gives the same ids."""
    from tokenizers import Tokenizer

    file = user_cache() / "tokenizers" / "HuggingFaceTB" / "SmolLM2-135M-Instruct" / "tokenizer.json"
    if not file.exists():
        pytest.skip(f"{file.name} of the built-in model was not written on this machine")
    theirs = Tokenizer.from_file(str(file))
    for text in ("Hello 1234 world<|im_end|>\n", "Ünïcödé — 3.14 %\n\n\tTabs", "<|im_start|>user\nWho?<|im_end|>"):
        assert smollm2.tokenizer(text, add_special_tokens=False)["input_ids"] == theirs.encode(text).ids
