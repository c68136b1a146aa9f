"""Training as the issue promises it: exact tokens, masks kept, true ends, resumable at any instant."""

from __future__ import annotations

import json
import math
import os
import random
import resource
import signal
import time

import numpy as np
import pytest
import torch
from conftest import SETTINGS, Run, smt_job

from smt_job.checkpoints import all_checkpoints, is_complete


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory, student, dataset):
    """One run from start to end, which the broken ones are held against."""
    folder = tmp_path_factory.mktemp("unbroken") / "unbroken"
    folder.mkdir()
    spec = spec_of(folder.name, student, dataset)
    (folder / "spec.json").write_text(json.dumps(spec))
    run = Run(folder).launch()
    assert run.wait() == 0, run.log()[-3000:]
    return run


def spec_of(name, student, dataset, **settings):
    return {
        **{"schema": "smt-spec/1", "run": name, "kind": "train", "title": "t", "project": "/p", "created": 1.0},
        "resume": "auto",
        "params": {
            **{"dataset": "toy", "dataset_path": str(dataset.folder), "dataset_hash": "h1", "model": "tiny"},
            **{"model_path": str(student), "revision": None, "settings": {**SETTINGS, **settings}, "processes": 1},
            "rows": dataset.manifest["train"]["rows"],
            "tokens": dataset.manifest["train"]["tokens"],
        },
    }


def test_every_token_of_the_manifest_is_seen_once_an_epoch(unbroken, dataset):
    tokens = dataset.manifest["train"]["tokens"]
    last = unbroken.of("metric")[-1]
    assert last["values"]["num_tokens"] == 2 * tokens
    assert unbroken.manifest()["tokens"] == 2 * tokens
    blocks = math.ceil(tokens / SETTINGS["sequence_length"])
    assert unbroken.manifest()["step"] == 2 * math.ceil(blocks / SETTINGS["batch_sequences"])


def test_loss_falls_on_what_was_held_out(unbroken):
    losses = [e["values"]["eval_loss"] for e in unbroken.of("metric") if "eval_loss" in e["values"]]
    steps = [e["step"] for e in unbroken.of("metric") if "eval_loss" in e["values"]]
    assert steps[0] == 0 and steps[-1] == unbroken.manifest()["step"] and len(steps) >= 4
    assert losses[-1] < losses[0] - 0.5


def test_events_tell_the_whole_story_in_order(unbroken):
    events = unbroken.events()
    assert [e["seq"] for e in events] == list(range(1, len(events) + 1))
    assert events[0]["type"] == "hello" and events[0]["schema"] == "smt-events/1"
    assert events[-1] == {**events[-1], "type": "done", "status": "succeeded", "exit_code": 0}
    phases = [e["name"] for e in events if e["type"] == "phase"]
    assert phases == ["setup", "load", "tokenize", "train", "save"]
    assert all(len(json.dumps(e)) < 8192 for e in events)
    checkpoints = unbroken.of("checkpoint")
    assert [c.get("final", False) for c in checkpoints] == [False] * (len(checkpoints) - 1) + [True]
    status = unbroken.status()
    assert (status["state"], status["exit_code"], status["last_seq"]) == ("succeeded", 0, len(events))
    assert (unbroken.folder / "exit").read_text() == "0\n"


def test_the_model_is_safetensors_with_the_students_own_tokenizer(unbroken, student):
    from transformers import AutoModelForCausalLM

    model = unbroken.folder / "out" / "model"
    assert (model / "tokenizer.json").read_bytes() == (student / "tokenizer.json").read_bytes()
    assert not list(model.glob("*.bin"))
    loaded = AutoModelForCausalLM.from_pretrained(model)
    assert {str(p.dtype) for p in loaded.parameters()} == {"torch.float32"}
    import hashlib

    for file in unbroken.manifest()["files"]:
        assert hashlib.sha256((model / file["path"]).read_bytes()).hexdigest() == file["sha256"]


def test_first_loss_is_the_one_computed_by_hand(unbroken, student, dataset):
    """Masked tokens and the short last block in the loss exactly as in the rows: mean over all learned tokens."""
    import torch
    from transformers import AutoModelForCausalLM

    from smt_job.packing import pack
    from smt_job.rows import read_rows
    from smt_job.schedule import make_schedule

    scratch = unbroken.folder / "by-hand"
    blocks = pack(read_rows(dataset.folder, dataset.manifest, "train", scratch, 10**6), 32, "wrapped")
    schedule = make_schedule(blocks.tokens_of(), 2, 4, 0)
    model = AutoModelForCausalLM.from_pretrained(student)
    total, learned = 0.0, 0
    for block in schedule.order[:4]:
        example = blocks.example(block)
        with torch.no_grad():
            logs = model(torch.tensor(example["input_ids"])[None]).logits[0].log_softmax(-1)
        for place in range(1, len(example["labels"])):
            if example["labels"][place] != -100:
                total -= float(logs[place - 1, example["labels"][place]])
                learned += 1
    assert unbroken.losses()[1] == pytest.approx(total / learned, rel=1e-5)


def test_killed_at_five_random_instants_it_sees_the_same_tokens_and_ends_at_the_same_loss(make_run, unbroken):
    run = make_run()
    rng = random.Random(4)
    steps = unbroken.manifest()["step"]
    for kill in range(5):
        run.launch()
        target = rng.randint(kill * steps // 6 + 1, (kill + 1) * steps // 6)
        # Of this attempt: one before may have come further on a fast machine.
        run.wait_for(
            lambda events, t=target, a=kill + 1: any(
                e["type"] == "metric" and e["attempt"] == a and e["step"] >= t for e in events
            )
        )
        # Not at the step's edge: anywhere in the next step, the saving of a checkpoint included.
        time.sleep(rng.random() * 0.02)
        run.kill()
        assert not run.of("done")
    run.launch()
    assert run.wait() == 0, run.log()[-3000:]
    assert run.of("metric")[-1]["values"]["num_tokens"] == unbroken.of("metric")[-1]["values"]["num_tokens"]
    assert [e["attempt"] for e in run.of("hello")] == [1, 2, 3, 4, 5, 6]
    assert run.losses() == pytest.approx(unbroken.losses(), rel=1e-4)
    assert run.manifest()["tokens"] == unbroken.manifest()["tokens"]


def test_a_half_written_checkpoint_is_never_resumed(make_run, unbroken):
    run = make_run()
    run.launch()
    run.wait_for(lambda events: any(e["type"] == "checkpoint" for e in events))
    run.kill()
    checkpoints = run.folder / "out" / "checkpoints"
    whole = [one for one in all_checkpoints(checkpoints) if is_complete(one)]
    half = checkpoints / "checkpoint-9999"
    half.mkdir()
    (half / "model.safetensors").write_bytes(b"half")
    torn = checkpoints / "checkpoint-9998"
    torn.mkdir()
    (torn / "complete.json").write_text('{"v": 1, "step": 9998, "tokens": 1, "files": {"model.safetensors": 7}}')
    run.launch()
    assert run.wait() == 0, run.log()[-3000:]
    assert any(f"Resumed from {whole[-1].name}" in e["msg"] for e in run.of("log", 2))
    assert run.losses() == pytest.approx(unbroken.losses(), rel=1e-4)


def test_a_stop_during_a_checkpoint_keeps_it_and_ends_cancelled(make_run, unbroken):
    run = make_run()

    def stop_while_saving():
        import smt_job.reporting as reporting

        mark = reporting.mark_complete

        def marking(checkpoint, tokens):
            (run.folder / "stop").touch()
            return mark(checkpoint, tokens)

        reporting.mark_complete = marking

    run.launch(stop_while_saving)
    assert run.wait() == 130
    assert run.of("done")[-1]["status"] == "cancelled" and run.status()["state"] == "cancelled"
    steps = [e["step"] for e in run.of("metric") if "loss" in e["values"]]
    assert max(steps) == SETTINGS["save_every_steps"] == run.of("checkpoint")[-1]["step"]
    run.launch()
    assert run.wait() == 0
    assert run.losses() == pytest.approx(unbroken.losses(), rel=1e-4)


@pytest.mark.parametrize("how", ["stop file", "TERM"])
def test_a_stop_saves_the_step_it_is_at(make_run, unbroken, how):
    run = make_run(save_every_steps=10_000)
    run.launch()
    run.wait_for(lambda events: any(e["type"] == "metric" and e["step"] >= 3 for e in events))
    if how == "TERM":
        os.kill(run.process, signal.SIGTERM)
    else:
        (run.folder / "stop").touch()
    assert run.wait() == 130
    saved = run.of("checkpoint")[-1]
    assert saved["step"] == max(e["step"] for e in run.of("metric") if "loss" in e["values"])
    assert (run.folder / "exit").read_text() == "130\n"
    run.launch()
    assert run.wait() == 0
    assert run.of("metric")[-1]["values"]["num_tokens"] == unbroken.of("metric")[-1]["values"]["num_tokens"]
    assert run.losses() == pytest.approx(unbroken.losses(), rel=1e-4)


def test_a_full_disk_is_named_and_leaves_only_whole_checkpoints(make_run, student):
    """A limit on file size stands in for the full disk: weights fit, the optimiser's state (twice as large) does not."""
    run = make_run()
    limit = (student / "model.safetensors").stat().st_size * 3 // 2
    run.launch(lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
    assert run.wait() == 1
    error = run.of("error")[-1]
    assert error["code"] == "disk_full" and "resume" in error["hint"]
    assert run.status()["state"] == "failed"
    assert not [one for one in all_checkpoints(run.folder / "out" / "checkpoints") if not is_complete(one)]
    assert not run.of("checkpoint")
    run.launch()
    assert run.wait() == 0


def test_two_processes_give_the_loss_of_one(tmp_path, student, dataset, unbroken):
    """Through the launcher itself: torchrun with gloo, rank 0 writes the events. A module that lies in the run directory,
    which is the working folder, must not shadow torch."""
    folder = tmp_path / "two"
    folder.mkdir()
    spec = spec_of("two", student, dataset)
    spec["params"]["processes"] = 2
    (folder / "spec.json").write_text(json.dumps(spec))
    (folder / "torch.py").write_text("raise SystemExit('shadowed')")
    ended = smt_job("run", str(folder), cwd=folder)
    assert ended.returncode == 0, ended.stdout[-2000:] + ended.stderr[-2000:]

    two = Run(folder)
    assert two.losses() == pytest.approx(unbroken.losses(), rel=1e-4)
    assert two.of("metric")[-1]["values"]["num_tokens"] == unbroken.of("metric")[-1]["values"]["num_tokens"]
    held_out = [r.of("metric")[-1]["values"]["eval_loss"] for r in (two, unbroken)]
    assert held_out[0] == pytest.approx(held_out[1], rel=1e-4)
    assert [e["seq"] for e in two.events()] == list(range(1, len(two.events()) + 1))


def test_bfd_split_masks_rows_from_each_other_and_keeps_every_token(make_run, dataset):
    run = make_run(packing="bfd_split", epochs=1)
    run.launch()
    assert run.wait() == 0, run.log()[-3000:]
    assert run.of("metric")[-1]["values"]["num_tokens"] == dataset.manifest["train"]["tokens"]
    assert run.losses()[max(run.losses())] < run.losses()[1]


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_lora_learns_and_leaves_a_whole_model(make_run, precision):
    """In bf16 the frozen weights are held in bf16 as well; the adapter stays fp32, which the job asserts of itself."""
    from transformers import AutoModelForCausalLM

    run = make_run(update="lora", lora_rank=4, epochs=1, precision=precision)
    run.launch()
    assert run.wait() == 0, run.log()[-3000:]
    assert run.losses()[max(run.losses())] < run.losses()[1]
    model = AutoModelForCausalLM.from_pretrained(run.folder / "out" / "model", dtype="auto")
    assert run.manifest()["dtype"] == precision
    assert model.dtype == {"fp32": torch.float32, "bf16": torch.bfloat16}[precision]
    assert any("economy" in e["msg"] for e in run.of("log"))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"dataset_hash": "other"}, "not the training set"),
        ({"tokens": 5}, "disagree"),
        ({"model_path": "/nowhere/at/all"}, "neither a folder nor a GGUF"),
        ({"settings": {"learning_rate": -1}}, "params.settings.learning_rate must be more than 0"),
        ({"settings": {"batch_sequences": 3}, "processes": 1}, None),
    ],
)
def test_a_wrong_spec_ends_with_the_field_to_mend(make_run, change, reason):
    run = make_run()
    spec = json.loads((run.folder / "spec.json").read_text())
    change = dict(change)
    spec["params"]["settings"] |= change.pop("settings", {})
    spec["params"] |= change
    (run.folder / "spec.json").write_text(json.dumps(spec))
    run.launch()
    if reason is None:
        assert run.wait() == 0  # micro-batch 2 does not divide 3: the largest that does is taken
        return
    assert run.wait() == 2
    assert reason in run.of("error")[-1]["message"]
    assert run.of("done")[-1]["exit_code"] == 2


def test_changed_data_is_refused(make_run, tmp_path, tokenizer):
    from conftest import write_dataset

    data = write_dataset(tmp_path / "data", tokenizer, train=20, held_out=2)
    shard = data.folder / data.manifest["files"][0]["path"]
    shard.write_bytes(shard.read_bytes()[:-1] + b"x")
    run = make_run(data=data)
    run.launch()
    assert run.wait() == 2
    assert "was changed" in run.of("error")[-1]["message"]


def test_keys_of_the_environment_stay_out_of_the_run_directory(make_run, monkeypatch):
    canary = "canary-7f3b1c9e55aa"
    monkeypatch.setenv("HF_TOKEN", canary)
    monkeypatch.setenv("OPENAI_API_KEY", canary)
    run = make_run(epochs=1)
    run.launch()
    assert run.wait() == 0
    found = [f for f in run.folder.rglob("*") if f.is_file() and canary.encode() in f.read_bytes()]
    assert found == []


def test_masks_survive_packing(dataset, tmp_path):
    from smt_job.packing import pack
    from smt_job.rows import read_rows

    rows = read_rows(dataset.folder, dataset.manifest, "train", tmp_path, 10**6)
    asked = sum(label != -100 for row in dataset.rows["train"] for label in row["labels"])
    for packing in ("wrapped", "bfd_split"):
        blocks = pack(rows, 32, packing)
        examples = [blocks.example(i) for i in range(len(blocks))]
        assert sum(int((e["labels"] != -100).sum()) for e in examples) == asked
        assert sum(len(e["input_ids"]) for e in examples) == dataset.manifest["train"]["tokens"]
        assert max(len(e["input_ids"]) for e in examples) <= 32
        for example in examples:
            learned = example["labels"] != -100
            assert np.array_equal(example["labels"][learned], example["input_ids"][learned])


def test_a_stop_while_the_libraries_load_ends_cancelled(make_run):
    """TERM reaches a process that is still importing: nobody waits for training to begin first."""
    run = make_run()

    def slow_start():
        import smt_job.training_run as training_run

        resolve = training_run._weights

        def slowly(*rest):
            time.sleep(1)
            return resolve(*rest)

        training_run._weights = slowly

    run.launch(slow_start)
    run.wait_for(lambda events: any(e["type"] == "phase" and e["name"] == "load" for e in events))
    os.kill(run.process, signal.SIGTERM)
    assert run.wait() == 130
    assert run.of("done")[-1]["status"] == "cancelled"
    assert not run.of("metric")
