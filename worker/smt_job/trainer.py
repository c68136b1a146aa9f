"""TRL's SFTTrainer on our blocks: exact order, exact token count, no step without learned tokens lost to padding."""

from __future__ import annotations

import warnings

import datasets
import numpy as np
import torch
from torch.utils.data import SequentialSampler
from trl import SFTConfig, SFTTrainer
from trl.trainer.sft_trainer import DataCollatorForLanguageModeling

from .packing import Blocks
from .schedule import FILLER, Schedule

LOGITS_MAY_TAKE = 1 << 30  # bytes; with the gradient about three times that


class BlockCollator:
    """Places of the schedule → one padded (`wrapped`) or flattened (`bfd_split`) batch; `real_tokens` counts no filler."""

    def __init__(self, blocks: Blocks, pad_token: int):
        self._blocks = blocks
        self._filler = {"input_ids": [pad_token], "labels": [-100], "seq_lengths": [1]}
        self._collate = DataCollatorForLanguageModeling(pad_token_id=pad_token, padding_free=blocks.separate)

    def __call__(self, places: list[dict]) -> dict:
        examples, tokens = [], 0
        for place in places:
            if place["block"] == FILLER:
                examples.append(self._filler)
            else:
                examples.append(self._blocks.example(place["block"]))
                tokens += len(examples[-1]["input_ids"])
        if not self._blocks.separate:
            examples = [{k: e[k] for k in ("input_ids", "labels")} for e in examples]
        return {**self._collate(examples), "real_tokens": torch.tensor(tokens)}


class TokenExactTrainer(SFTTrainer):
    """Counts the tokens that went through the model, over all processes and attempts (TRL's count restarts)."""

    def __init__(self, *, schedule: Schedule, blocks: Blocks, pad_token: int, tokens_before: int, **rest):
        self.schedule = schedule
        self._seen_before = tokens_before
        self._seen_here = None
        self._vocabulary = rest["model"].get_input_embeddings().weight.shape[0]
        places = datasets.Dataset.from_dict({"block": schedule.order})
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            super().__init__(train_dataset=places, data_collator=BlockCollator(blocks, pad_token), **rest)

    def _get_train_sampler(self, train_dataset=None):
        return SequentialSampler(self.train_dataset if train_dataset is None else train_dataset)

    def compute_loss(self, model, inputs, return_outputs=False, num_items_in_batch=None):
        """Σ −log p over the step's learned tokens / their number over all processes and micro-batches."""
        tokens = inputs.pop("real_tokens")
        self._seen_here = tokens.clone() if self._seen_here is None else self._seen_here + tokens
        learned = torch.as_tensor(1.0 if num_items_in_batch is None else num_items_in_batch).clamp(min=1)
        # A step that learns nothing gives a finite zero. DDP averages gradients over processes, hence the factor.
        return self.negative_log_likelihood(model, inputs, learned) * self.accelerator.num_processes

    def negative_log_likelihood(self, model, inputs, divisor: torch.Tensor) -> torch.Tensor:
        """Σ −log p of the learned tokens / `divisor`. The whole logits where they are small (a fifth faster on a CPU),
        else TRL's head, which computes them in tiles and never holds them."""
        logits_bytes = 4 * inputs["input_ids"].numel() * self._vocabulary
        if self.accelerator.device.type == "cpu" and logits_bytes <= LOGITS_MAY_TAKE:
            return model(**inputs, use_cache=False, num_items_in_batch=divisor).loss
        return -model(**inputs, use_cache=False, fused_lm_head=True).log_probs.sum() / divisor

    def tokens_seen(self) -> int:
        """By all processes and attempts. A collective call: every rank makes it at the same step."""
        here = torch.zeros((), dtype=torch.long) if self._seen_here is None else self._seen_here.cpu()
        if self.accelerator.num_processes > 1:
            here = self.accelerator.reduce(here.to(self.accelerator.device), "sum")
        return self._seen_before + int(here)

    @torch.no_grad()
    def held_out_loss(self, blocks: Blocks, micro: int) -> float:
        """Mean −log p over the learned tokens of the held-out blocks, each process its share. A collective call."""
        rank, processes = self.accelerator.process_index, self.accelerator.num_processes
        collate = BlockCollator(blocks, self.data_collator._filler["input_ids"][0])
        rounds = -(-len(blocks) // (micro * processes))
        total = torch.zeros(2, dtype=torch.float64)
        self.model_wrapped.eval()
        for number in range(rounds):
            begin = (number * processes + rank) * micro
            mine = [b if b < len(blocks) else FILLER for b in range(begin, begin + micro)]
            batch = collate([{"block": b} for b in mine])
            del batch["real_tokens"]
            with self.compute_loss_context_manager():
                one = torch.ones((), device=self.accelerator.device)
                loss = self.negative_log_likelihood(self.model_wrapped, self._prepare_inputs(batch), one)
            total += torch.tensor([float(loss), int((batch["labels"][:, 1:] != -100).sum())])
        self.model_wrapped.train()
        if processes > 1:
            total = self.accelerator.reduce(total.float().to(self.accelerator.device), "sum").cpu()
        return float(total[0] / total[1].clamp(min=1))

    def log(self, logs, start_time=None):
        # Past TRL's own averages: entropy and accuracy are not computed here, and its token count restarts.
        super(SFTTrainer, self).log(logs, start_time)

    def create_model_card(self, *_args, **_kwargs):
        return None  # the manifest says what this is


def computes_in_bf16(settings: dict, gpu: bool) -> bool:
    return settings["precision"] == "bf16" or (settings["precision"] == "auto" and gpu)


def is_sharded(gpu: bool, processes: int) -> bool:
    """Several GPUs hold a part of the model each (FSDP2); processes on a CPU a copy each."""
    return gpu and processes > 1


def sft_config(
    settings: dict, folder: str, micro: int, accumulate: int, steps: int, gpu: bool, processes: int
) -> SFTConfig:
    """Every setting of `training` in the trainer's terms. Saving and evaluation are our callback's business."""
    bf16 = computes_in_bf16(settings, gpu)
    shard = is_sharded(gpu, processes)
    checkpointing = bool(settings["gradient_checkpointing"] and (gpu or shard))
    sharded: dict = {}
    if shard:
        # FSDP2: masters stay fp32 (accelerate upcasts), compute is bf16.
        sharded["fsdp"] = True
        sharded["fsdp_config"] = {
            "version": 2,
            "auto_wrap_policy": "TRANSFORMER_BASED_WRAP",
            "reshard_after_forward": True,
            "cpu_ram_efficient_loading": True,
            "state_dict_type": "FULL_STATE_DICT",
            "activation_checkpointing": checkpointing,
        }
        checkpointing = False
    return SFTConfig(
        output_dir=folder,
        per_device_train_batch_size=micro,
        gradient_accumulation_steps=accumulate,
        num_train_epochs=1,  # the schedule holds all epochs
        learning_rate=settings["learning_rate"],
        lr_scheduler_type=settings["lr_scheduler_type"]
        + ("_with_warmup" if settings["lr_scheduler_type"] == "constant" else ""),
        warmup_steps=int(np.ceil(settings["warmup_ratio"] * steps)),
        weight_decay=settings["weight_decay"],
        adam_beta1=settings["adam_beta1"],
        adam_beta2=settings["adam_beta2"],
        max_grad_norm=settings["max_grad_norm"],
        optim="adamw_torch_fused",  # on a CPU too: a third of the time of the loop over tensors
        bf16=bf16,
        tf32=False if gpu and not bf16 else None,
        use_cpu=not gpu,
        activation_checkpointing=checkpointing,
        gradient_checkpointing=None,
        seed=settings["seed"],
        data_seed=settings["seed"],
        logging_steps=max(1, steps // 2000),
        logging_nan_inf_filter=False,
        save_strategy="no",
        eval_strategy="no",
        report_to=[],
        disable_tqdm=True,
        max_length=settings["sequence_length"],
        packing=False,  # done exactly by us
        dataset_kwargs={"skip_prepare_dataset": True},
        remove_unused_columns=False,
        dataloader_pin_memory=gpu,
        ddp_find_unused_parameters=False if processes > 1 else None,
        ddp_backend="gloo" if processes > 1 and not gpu else None,
        average_tokens_across_devices=True,
        **sharded,
    )
