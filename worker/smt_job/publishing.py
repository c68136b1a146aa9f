"""The finished model under out/model: safetensors, the student's own tokenizer, and a manifest with every hash."""

from __future__ import annotations

import platform
import shutil
import time
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM

from .events import EventWriter
from .files import folder_bytes, sha256_of
from .weights import Weights, copy_tokenizer, write_manifest


def publish(trainer, spec: dict, run_dir: Path, weights: Weights, dataset: dict, events: EventWriter | None) -> None:
    """Written beside and renamed: a folder out/model is always whole. A collective call."""
    model = trainer.accelerator.unwrap_model(trainer.model)
    state = trainer.accelerator.get_state_dict(trainer.model)
    if events is None:
        return
    import accelerate
    import transformers
    import trl

    params = spec["params"]
    draft, final = run_dir / "out" / "model.draft", run_dir / "out" / "model"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    # Masters are fp32; a model computed in bf16 is used in bf16.
    dtype = torch.bfloat16 if trainer.args.bf16 else torch.float32
    if params["settings"]["update"] == "lora":
        model.save_pretrained(run_dir / "out" / "adapter", state_dict=state)
        model, state = _merged(weights.folder, run_dir / "out" / "adapter", dtype), None
    else:
        state = {name: tensor.to(dtype) for name, tensor in _untied(model, state).items()}
    model.config.dtype = dtype
    # Set for training only; a served model uses its cache.
    model.config.use_cache = True
    model.save_pretrained(draft, state_dict=state)
    trainer.processing_class.save_pretrained(draft)
    copy_tokenizer(weights.folder, draft)
    manifest = write_manifest(
        draft,
        {
            "kind": "model",
            "run": spec["run"],
            "created": time.time(),
            "model": params["model"],
            "revision": params["revision"],
            "dataset": params["dataset"],
            "dataset_hash": params["dataset_hash"],
            "weights_sha256": weights.sha256,
            "step": trainer.state.global_step,
            "tokens": trainer.schedule.tokens,
            "dtype": "bf16" if trainer.args.bf16 else "fp32",
            "update": params["settings"]["update"],
            "settings": params["settings"],
            "toy": bool(dataset.get("toy")),
            "versions": {
                "python": platform.python_version(),
                "torch": torch.__version__,
                "transformers": transformers.__version__,
                "trl": trl.__version__,
                "accelerate": accelerate.__version__,
            },
        },
    )
    shutil.rmtree(final, ignore_errors=True)
    draft.rename(final)
    path = "out/model/manifest.json"
    size = sum(entry["bytes"] for entry in manifest["files"])
    events.artifact("model", path, sha256_of(run_dir / path), size)
    events.checkpoint(trainer.state.global_step, "out/model", folder_bytes(final), final=True)


def _merged(base: Path, adapter: Path, dtype: torch.dtype):
    """The adapter in the weights it was trained on top of, read anew: the trained ones may lie in parts on several GPUs."""
    from peft import PeftModel

    model = AutoModelForCausalLM.from_pretrained(base, dtype=dtype, use_safetensors=True)
    return PeftModel.from_pretrained(model, adapter).merge_and_unload()


def _untied(model, state: dict) -> dict:
    """Without what is another tensor under a second name: put together from parts, tied weights come as copies."""
    tied = getattr(model, "all_tied_weights_keys", None) or {}
    copies = {name for name, of in tied.items() if name in state and of in state and torch.equal(state[name], state[of])}
    return {name: tensor for name, tensor in state.items() if name not in copies}
