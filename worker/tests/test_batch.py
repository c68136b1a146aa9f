"""Batch files: every request gets its line, whatever shares its batch, however often the worker was stopped."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

import pytest
import torch
from conftest import forked

from smt_job.batch import groups
from smt_job.openai_shapes import SCORE, Request, Sampling
from smt_job.student import Student, shared_prefix


@pytest.fixture(scope="module")
def model(student) -> Student:
    return Student(student, "cpu", "fp32")


PRESET = "the old red house of Maria is painted in spring by her brother Tom who keep a garden and a gate. " * 2


def request(custom_id: str, prompt: str = "the gate of", **body) -> dict:
    body = {"model": "m", "prompt": prompt, "max_tokens": 8, "temperature": 0, **body}
    return {"custom_id": custom_id, "method": "POST", "url": "/v1/completions", "body": body}


class Batch:
    def __init__(self, folder: Path, student: Path, lines: list[dict]):
        self.input, self.output, self.student = folder / "in.jsonl", folder / "out.jsonl", student
        self.input.write_text("".join(json.dumps(line) + "\n" for line in lines))
        self.log = folder / "log"

    def start(self) -> int:
        def step() -> int:
            from smt_job.batch import main

            arguments = ["--model", str(self.student), "--input", str(self.input), "--output", str(self.output)]
            return main([*arguments, "--device", "cpu", "--dtype", "fp32"])

        return forked(self.log, step)

    def run(self) -> int:
        return os.waitstatus_to_exitcode(os.waitpid(self.start(), 0)[1])

    def answers(self) -> dict[str, dict]:
        lines = [json.loads(line) for line in self.output.read_text().splitlines()]
        assert len({line["custom_id"] for line in lines}) == len(lines)
        return {line["custom_id"]: line for line in lines}

    def said(self) -> list[dict]:
        return [json.loads(line[5:]) for line in self.log.read_text().splitlines() if line.startswith("@smt ")]


@pytest.fixture
def batch(tmp_path, student):
    return lambda lines: Batch(tmp_path, student, lines)


def text_of(line: dict) -> str:
    choice = line["response"]["body"]["choices"][0]
    return choice["text"] if "text" in choice else choice["message"]["content"]


def test_greedy_answers_are_the_models_own(batch, model, tokenizer):
    prompts = [PRESET + "the gate", PRESET + "Maria and her brother", PRESET + "a", "blue", "red green blue gate " * 9]
    todo = batch([request(f"r{i}", prompt) for i, prompt in enumerate(prompts)])
    assert todo.run() == 0, todo.log.read_text()
    for index, prompt in enumerate(prompts):
        ids = tokenizer(prompt, return_tensors="pt")["input_ids"]
        expected = model.model.generate(ids, max_new_tokens=8, do_sample=False)[0, ids.shape[1] :]
        line = todo.answers()[f"r{index}"]
        assert text_of(line) == tokenizer.decode(expected, skip_special_tokens=True)
        assert line["response"]["status_code"] == 200 and line["error"] is None
        assert line["response"]["body"]["usage"]["prompt_tokens"] == ids.shape[1]


def test_scores_are_the_log_likelihood_computed_directly(batch, model, tokenizer):
    cases = [
        {"prompt": PRESET + "the gate is", "choices": [" red", " painted in blue by Tom", " green."]},
        {"prompt": PRESET + "her brother is", "choices": [" Tom", " Maria"]},
        {"prompt": "who", "choices": [" Tom"]},
        {"messages": [{"role": "user", "content": "who is Tom?"}], "choices": ["her brother", "a gate"]},
    ]
    todo = batch(
        [{"custom_id": f"s{i}", "url": "/v1/smt/score", "body": {"model": "m", **case}} for i, case in enumerate(cases)]
    )
    assert todo.run() == 0, todo.log.read_text()
    for index, case in enumerate(cases):
        if "messages" in case:
            text = f"<|im_start|>user\n{case['messages'][0]['content']}<|im_end|>\n<|im_start|>assistant\n"
        else:
            text = case["prompt"]
        prompt = tokenizer(text, add_special_tokens=False)["input_ids"]
        for choice, got in zip(
            case["choices"], todo.answers()[f"s{index}"]["response"]["body"]["choices"], strict=True
        ):
            ids = tokenizer(choice, add_special_tokens=False)["input_ids"]
            with torch.no_grad():
                logs = model.model(torch.tensor([prompt + ids])).logits[0].log_softmax(-1)
            direct = [float(logs[len(prompt) + i - 1, token]) for i, token in enumerate(ids)]
            assert got["tokens"] == len(ids)
            assert got["sum"] == pytest.approx(sum(direct), abs=1e-4)
            assert got["per_token"] == pytest.approx(direct, abs=1e-4)


def test_a_seed_draws_the_same_whatever_shares_the_batch(batch, model):
    from smt_job.completing import complete
    from smt_job.openai_shapes import read_request

    def drawn(count: int) -> str:
        lines = [request(f"r{i}", "the gate of", temperature=1, top_p=0.9, seed=i, max_tokens=12) for i in range(count)]
        todo = [read_request(x["custom_id"], x["url"], x["body"], model.tokenizer, 512) for x in lines]
        return {answer.request.custom_id: answer.text for answer in complete(model, todo)}

    many, one = drawn(6), drawn(1)
    assert many["r0"] == one["r0"]
    assert len(set(many.values())) > 1


def test_stop_texts_limits_and_the_end_token(batch, model, tokenizer):
    greedy = batch([request("whole", max_tokens=20)])
    greedy.run()
    whole = text_of(greedy.answers()["whole"])
    stop = whole[len(whole) // 2 : len(whole) // 2 + 3]
    todo = batch(
        [request("whole", max_tokens=20), request("stop", stop=stop, max_tokens=20), request("short", max_tokens=2)]
    )
    assert todo.run() == 0
    answers = todo.answers()
    assert text_of(answers["stop"]) == whole[: whole.index(stop)]
    body = answers["stop"]["response"]["body"]
    assert body["choices"][0]["finish_reason"] == "stop"
    assert answers["short"]["response"]["body"]["choices"][0]["finish_reason"] == "length"
    assert answers["short"]["response"]["body"]["usage"]["completion_tokens"] == 2


def test_a_request_that_cannot_be_answered_gets_its_reason_and_stops_nobody(batch):
    todo = batch(
        [
            request("good"),
            request("long", "gate " * 2000),
            request("n", n=2),
            {"custom_id": "url", "url": "/v1/embeddings", "body": {}},
            {"custom_id": "choices", "url": "/v1/smt/score", "body": {"prompt": "x", "choices": []}},
            request("hot", temperature="warm"),
        ]
    )
    assert todo.run() == 0
    codes = {name: line["error"] and line["error"]["code"] for name, line in todo.answers().items()}
    assert codes == {
        **{"good": None, "long": "context_length_exceeded", "n": "invalid_request", "url": "unknown_url"},
        **{"choices": "invalid_request", "hot": "invalid_request"},
    }


def test_a_torn_last_line_is_asked_again_and_nothing_else(batch):
    lines = [request(f"r{i}", f"{word} is") for i, word in enumerate(["red", "blue", "green", "house"])]
    todo = batch(lines)
    assert todo.run() == 0
    whole = todo.output.read_bytes()
    todo.output.write_bytes(whole[:-20])
    before = whole[:-20].count(b"\n")
    assert todo.run() == 0
    assert todo.output.read_bytes()[: len(whole[:-20].rsplit(b"\n", 1)[0])] == whole[:-20].rsplit(b"\n", 1)[0]
    assert len(todo.answers()) == 4 and before == 3
    assert todo.run() == 0
    assert todo.said()[-1]["done"] == todo.said()[-1]["total"] == 4


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_stopped_or_killed_in_the_middle_it_goes_on_where_it_was(batch, number):
    lines = [request(f"r{i}", f"{PRESET} house {i}", temperature=1, seed=i, max_tokens=60) for i in range(150)]
    todo = batch(lines)
    child = todo.start()
    until = time.monotonic() + 60
    while time.monotonic() < until and not (todo.output.exists() and todo.output.stat().st_size > 0):
        time.sleep(0.01)
    os.kill(child, number)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code == (130 if number == signal.SIGTERM else -9)
    first = [line for line in todo.output.read_bytes().split(b"\n")[:-1]]
    assert 0 < len(first) < 150
    assert todo.run() == 0
    assert todo.output.read_bytes().split(b"\n")[: len(first)] == first
    assert set(todo.answers()) == {f"r{i}" for i in range(150)}


def test_two_writers_of_one_output_are_refused(batch):
    from smt_job.batch_file import BatchOutput

    todo = batch([request("a")])
    held = BatchOutput(todo.output)
    assert todo.run() == 2
    held.close()
    assert "Another batch" in todo.said()[-1]["message"]


def test_input_that_is_no_batch_names_its_line(batch):
    todo = batch([request("a"), request("a")])
    assert todo.run() == 2
    assert "in.jsonl:2" in todo.said()[-1]["message"]


def test_scores_about_one_document_share_its_reading_however_long_it_is():
    def asked(name, ids):
        return Request(name, SCORE, "m", ids, Sampling(), [[1]])

    head = list(range(100))  # as filings begin alike
    documents = {"a": 1, "b": 40, "c": 3}
    rows = [
        asked(f"{name}{question}", [*head, *[ord(name)] * 9000, 7, question])
        for question in range(40)
        for name, questions in documents.items()
        if question < questions
    ]
    found = ["".join(sorted({request.custom_id[0] for request in group})) for group in groups(rows)]
    assert found == ["a", "b", "b", "c"]  # at most 32 a group
    assert sum(map(len, groups(rows))) == len(rows)


def test_shared_prefix_is_found_only_where_it_pays():
    long = list(range(50))
    assert shared_prefix([long + [1], long + [2, 3]]) == 50
    assert shared_prefix([long, long]) == 49  # every row keeps a token to go on from
    assert shared_prefix([[1, 2, 3], [1, 2, 4]]) == 0
    assert shared_prefix([long]) == 0
