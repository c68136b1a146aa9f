"""One attempt at a training run, from the spec to the published model."""

from __future__ import annotations

import shutil
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, set_seed

from .at_once import Shape, micro_batches, wanted_on_cpu, wanted_on_gpu
from .checkpoints import drop_incomplete, newest_complete, step_of, tokens_at
from .events import EventWriter
from .files import folder_bytes
from .packing import pack
from .problem import Problem, Stopped, bad_input
from .publishing import publish
from .reporting import Reporter, StopFlag
from .rows import read_manifest, read_rows
from .schedule import make_schedule
from .trainer import TokenExactTrainer, computes_in_bf16, sft_config
from .weights import Weights, resolve_weights


class _Ranks:
    """Rank 0 does what writes, the others wait and then read it."""

    def __init__(self, processes: int, gpu: bool):
        self.processes = processes
        if processes > 1 and not torch.distributed.is_initialized():
            torch.distributed.init_process_group("cpu:gloo,cuda:nccl" if gpu else "gloo")
        self.rank = torch.distributed.get_rank() if processes > 1 else 0

    def first(self, work):
        if self.processes == 1:
            return work()
        result = work() if self.rank == 0 else None
        torch.distributed.barrier()
        return result if self.rank == 0 else work()

    def leave(self) -> None:
        """All together, connections closed. A rank that just ends aborts some of the times, and torchrun then ends the rank
        that is still writing the model."""
        if self.processes > 1:
            torch.distributed.all_reduce(torch.zeros(1))
            torch.distributed.destroy_process_group()

    def least(self, number: int) -> int:
        """The smallest that any rank names."""
        if self.processes == 1:
            return number
        least = torch.tensor(number)
        torch.distributed.all_reduce(least, torch.distributed.ReduceOp.MIN)
        return int(least)


def run_training(spec: dict, run_dir: Path, events: EventWriter | None, stop: StopFlag, processes: int) -> str:
    """Gives the sentence for people; raises Problem or Stopped."""
    params, gpu = spec["params"], torch.cuda.is_available()
    settings = params["settings"]
    ranks = _Ranks(processes, gpu)
    if gpu:
        torch.cuda.set_device(ranks.rank % torch.cuda.device_count())
    set_seed(settings["seed"])

    if stop.here() and processes == 1:
        raise Stopped
    weights = ranks.first(lambda: _weights(params, settings, run_dir, events))
    tokenizer = AutoTokenizer.from_pretrained(weights.folder)
    dtype = _dtype(settings, gpu, processes)
    model = AutoModelForCausalLM.from_pretrained(weights.folder, dtype=dtype, use_safetensors=True)
    if stop.here() and processes == 1:
        raise Stopped

    if events:
        events.phase("tokenize", "preparing")
        events.note("Checking the training set and packing it")
    dataset = Path(params["dataset_path"])
    dataset = dataset if dataset.is_absolute() else run_dir / dataset
    manifest = read_manifest(dataset, params["dataset_hash"])
    if (manifest["train"]["tokens"], manifest["train"]["rows"]) != (params["tokens"], params["rows"]):
        raise bad_input("The training set's manifest and this job disagree about rows or tokens.")
    vocabulary = model.get_input_embeddings().weight.shape[0]
    scratch = run_dir / "rows"
    rows, held_out_rows = ranks.first(
        lambda: [read_rows(dataset, manifest, split, scratch, vocabulary) for split in ("train", "held_out")]
    )
    blocks = pack(rows, settings["sequence_length"], settings["packing"])
    held_out = pack(held_out_rows, settings["sequence_length"], settings["packing"])
    schedule = make_schedule(blocks.tokens_of(), settings["epochs"], settings["batch_sequences"], settings["seed"])
    model = _adapted(model, settings)
    wanted = settings.get("micro_batch_sequences") or ranks.least(_wanted(model, settings, processes, gpu))
    micro, accumulate = micro_batches(settings["batch_sequences"], processes, wanted)

    output = run_dir / "out" / "checkpoints"
    output.mkdir(parents=True, exist_ok=True)
    if ranks.rank == 0:
        drop_incomplete(output)
        _check_room(model, settings, output)
    ranks.first(lambda: None)
    resumed = newest_complete(output) if spec["resume"] == "auto" else None
    if events:
        events.note(None)
        _announce(events, settings, schedule, micro, accumulate, processes, gpu, weights, resumed)

    reporter = Reporter(
        events,
        stop,
        run_dir,
        settings,
        lambda trainer: trainer.held_out_loss(held_out, micro) if len(held_out) else None,
    )
    trainer = TokenExactTrainer(
        schedule=schedule,
        blocks=blocks,
        pad_token=_pad_token(tokenizer),
        tokens_before=tokens_at(resumed) if resumed else 0,
        model=model,
        args=sft_config(settings, str(output), micro, accumulate, schedule.steps, gpu, processes),
        processing_class=tokenizer,
        callbacks=[reporter],
    )
    reporter.trainer = trainer
    _quiet(trainer)
    trainer.train(resume_from_checkpoint=str(resumed) if resumed else None)

    seen, steps = trainer.tokens_seen(), trainer.state.global_step
    if reporter.stopped and steps < schedule.steps:
        ranks.leave()
        raise Stopped
    if steps != schedule.steps:
        raise AssertionError(f"{steps} steps done, {schedule.steps} planned")
    if seen != schedule.tokens:
        raise AssertionError(f"{seen} tokens seen, {schedule.tokens} planned")
    if float(settings["epochs"]).is_integer() and seen != manifest["train"]["tokens"] * int(settings["epochs"]):
        raise AssertionError(f"{seen} tokens seen, the manifest promises {manifest['train']['tokens']} an epoch")
    reporter.evaluate(steps)
    if events:
        events.phase("save")
    publish(trainer, spec, run_dir, weights, manifest, events)
    if events:
        shutil.rmtree(scratch, ignore_errors=True)
    ranks.leave()
    return f"Trained on {seen:,} tokens in {steps:,} steps."


def _weights(params: dict, settings: dict, run_dir: Path, events: EventWriter | None) -> Weights:
    chosen = settings["weights"]
    path = params["model_path"] or chosen.get("path")
    if events:
        events.note("Reading the student's weights")
    return resolve_weights(params["model"], path, params["revision"] or chosen.get("revision"), run_dir)


def _wanted(model, settings: dict, processes: int, gpu: bool) -> int:
    if not gpu:
        return wanted_on_cpu(settings)
    free, _ = torch.cuda.mem_get_info()
    return wanted_on_gpu(Shape.of(model), settings, processes, free)


def _dtype(settings: dict, gpu: bool, processes: int) -> torch.dtype:
    """What is trained has fp32 masters. Weights that LoRA only reads are held as they are computed with; PEFT makes its
    adapter fp32. FSDP2 wants one dtype a layer, so several processes hold all of it in fp32."""
    frozen = settings["update"] == "lora" and processes == 1
    return torch.bfloat16 if frozen and computes_in_bf16(settings, gpu) else torch.float32


def _check_room(model, settings: dict, output: Path) -> None:
    """Before hours of work: room for the checkpoints kept, one being written, and the model, all fp32."""
    weights = 4 * sum(p.numel() for p in model.parameters())
    there = folder_bytes(output)
    # Weights and AdamW's two moments. LoRA's checkpoints hold the adapter alone.
    each = 3 * weights if settings["update"] == "full" else weights // 20
    needed = (settings["keep_checkpoints"] + 1) * each + weights - there
    free = shutil.disk_usage(output).free
    if free < needed:
        raise Problem(
            "disk_full",
            f"Checkpoints and model need {needed / 1e9:.1f} GB, and {free / 1e9:.1f} GB are free in {output}.",
            "Free some space, or lower training.keep_checkpoints; then resume.",
        )


def _pad_token(tokenizer) -> int:
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    return tokenizer.pad_token_id or 0


def _adapted(model, settings: dict):
    if settings["update"] == "full":
        return model
    from peft import LoraConfig, get_peft_model

    rank = settings["lora_rank"]
    return get_peft_model(
        model, LoraConfig(r=rank, lora_alpha=rank, target_modules="all-linear", task_type="CAUSAL_LM", lora_dropout=0.0)
    )


def _quiet(trainer) -> None:
    """The log file is for people: one line a step of dictionaries is not."""
    from transformers.trainer_callback import PrinterCallback

    trainer.remove_callback(PrinterCallback)


def _announce(events, settings, schedule, micro, accumulate, processes, gpu, weights, resumed) -> None:
    device = f"{processes} GPU{'s' if processes > 1 else ''}" if gpu else f"CPU, {torch.get_num_threads()} threads"
    plan = f"{schedule.steps:,} steps of {schedule.batch} blocks ({micro} × {accumulate} × {processes})"
    events.log("info", f"{plan}, {schedule.tokens:,} tokens; {device}; weights {weights.sha256[:16]}")
    if not gpu and settings["precision"] == "bf16":
        events.log("warn", "bf16 on this CPU may be very slow; `precision: auto` uses fp32 here.")
    if settings["update"] == "lora":
        events.log("warn", "LoRA: the economy mode, an approximation outside the recipe.")
    if resumed:
        events.log("info", f"Resumed from {resumed.name}: {tokens_at(resumed):,} tokens are done.")
        if step_of(resumed) >= schedule.steps:
            raise Problem("checkpoint", f"{resumed.name} is beyond the plan.", "Re-run the job from the start.")
