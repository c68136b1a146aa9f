"""How many blocks a device holds at once: never more than fit, always a divisor of the step."""

from __future__ import annotations

import pytest

from smt_job.at_once import Shape, micro_batches, wanted_on_cpu, wanted_on_gpu
from smt_job.problem import Problem

GIB = 1 << 30
SMOLLM2 = Shape(trained=134_515_008, frozen=0, layers=30, hidden=576, intermediate=1536)
LLAMA_8B = Shape(trained=8_030_261_248, frozen=0, layers=32, hidden=4096, intermediate=14_336)
SETTINGS = {"packing": "wrapped", "sequence_length": 2048, "gradient_checkpointing": True}


def wanted(shape, gib: float, processes: int = 1, **changed) -> int:
    return wanted_on_gpu(shape, {**SETTINGS, **changed}, processes, int(gib * GIB))


def test_the_estimate_holds_what_was_measured():
    """SmolLM2-135M, gradient checkpointing, 8 × 2,048 tokens at once: 3,927 MiB on an H200 (docs/benchmarks.md)."""
    estimate = SMOLLM2.state_bytes() + 8 * 2048 * SMOLLM2.token_bytes(checkpointing=True)
    assert 3927 << 20 <= estimate <= 2 * (3927 << 20)


def test_a_small_model_takes_as_many_as_are_known_to_gain():
    assert wanted(SMOLLM2, 80) == 8
    assert wanted(SMOLLM2, 80, sequence_length=512) == 32
    assert 1 <= wanted(SMOLLM2, 4) < 8


def test_what_does_not_fit_is_tried_one_by_one():
    assert wanted(LLAMA_8B, 80) == 1
    assert wanted(LLAMA_8B, 80, processes=8) > 1
    assert wanted(LLAMA_8B, 80, processes=8, gradient_checkpointing=False) < wanted(LLAMA_8B, 80, processes=8)
    adapter = Shape(trained=160_000_000, frozen=8_030_261_248, layers=32, hidden=4096, intermediate=14_336)
    assert wanted(adapter, 80) > 1
    assert wanted(None, 80) == 1
    assert wanted(SMOLLM2, 80, packing="bfd_split") == 1


def test_more_room_never_means_fewer():
    counts = [wanted(LLAMA_8B, gib, processes=4) for gib in range(20, 200, 5)]
    assert counts == sorted(counts) and counts[0] == 1 < counts[-1]


def test_the_shape_is_read_from_a_model_and_from_one_with_an_adapter(student):
    from transformers import AutoModelForCausalLM, GPT2Config, GPT2LMHeadModel

    from smt_job.training_run import _adapted

    model = AutoModelForCausalLM.from_pretrained(student)
    plain = Shape.of(model)
    assert (plain.layers, plain.hidden, plain.intermediate, plain.frozen) == (2, 64, 128, 0)
    adapted = Shape.of(_adapted(model, {"update": "lora", "lora_rank": 4}))
    assert adapted.frozen == plain.trained and 0 < adapted.trained < plain.trained
    assert Shape.of(GPT2LMHeadModel(GPT2Config(vocab_size=8, n_embd=8, n_layer=1, n_head=1))) is None


@pytest.mark.parametrize(("batch", "processes", "wanted", "expected"), [(16, 1, 8, (8, 2)), (16, 2, 99, (8, 1)),
                                                                       (12, 1, 8, (6, 2)), (7, 1, 5, (1, 7))])  # fmt: skip
def test_a_step_is_cut_exactly(batch, processes, wanted, expected):
    micro, accumulate = micro_batches(batch, processes, wanted)
    assert (micro, accumulate) == expected and micro * accumulate * processes == batch


def test_a_step_that_cannot_be_shared_is_named():
    with pytest.raises(Problem, match="3 processes can't share"):
        micro_batches(16, 3, 1)


def test_a_cpu_holds_what_keeps_it_busy():
    assert [wanted_on_cpu({"sequence_length": length}) for length in (128, 512, 2048)] == [4, 1, 1]
