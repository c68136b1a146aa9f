"""A model with its tokenizer, loaded once with transformers, and the shared-prefix cache both answering and scoring use."""

from __future__ import annotations

import copy
import os
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, DynamicCache

from .files import read_json
from .problem import bad_input
from .weights import local_weights

# Below this a shared prefix costs more in bookkeeping than it saves.
WORTH_CACHING = 32


class Student:
    def __init__(self, path: Path, device: str = "auto", dtype: str = "auto"):
        threads = os.environ.get("OMP_NUM_THREADS", "")
        if threads.isdigit():
            torch.set_num_threads(int(threads))
        if device == "auto":
            device = "cuda" if torch.cuda.is_available() else "cpu"
        if dtype == "auto":
            dtype = "bf16" if device == "cuda" else "fp32"
        adapter = (path / "adapter_config.json").exists()
        folder = adapted_base(path) if adapter else local_weights(path).folder
        self.device = torch.device(device)
        self.dtype = dtype
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.model = AutoModelForCausalLM.from_pretrained(
            folder, dtype=torch.float32 if dtype == "fp32" else torch.bfloat16, use_safetensors=True
        )
        if adapter:
            from peft import PeftModel

            self.model = PeftModel.from_pretrained(self.model, path).merge_and_unload()
        self.model.to(self.device).eval()
        self.eos = _ids(self.model.generation_config.eos_token_id) | _ids(self.tokenizer.eos_token_id)
        self.context = int(getattr(self.model.config, "max_position_embeddings", 0) or 2048)

    def tensor(self, values) -> torch.Tensor:
        return torch.tensor(values, device=self.device)

    def read(self, ids: list[int], cache: DynamicCache | None = None, past: int = 0):
        """One row through the model: (logits after its last token [vocabulary], cache with `past + len(ids)` tokens)."""
        cache = DynamicCache(config=self.model.config) if cache is None else cache
        positions = torch.arange(past, past + len(ids), device=self.device)[None]
        out = self.model(
            input_ids=self.tensor([ids]),
            position_ids=positions,
            past_key_values=cache,
            use_cache=True,
            logits_to_keep=1,
        )
        return out.logits[0, -1].float(), out.past_key_values


def adapted_base(checkpoint: Path) -> Path:
    """The folder of the weights that a LoRA checkpoint was trained on top of."""
    base = (read_json(checkpoint / "adapter_config.json") or {}).get("base_model_name_or_path")
    if not base or not Path(base).is_dir():
        raise bad_input(f"{checkpoint} is a LoRA adapter, and its base model {base} is not here.")
    return Path(base)


def copied(cache: DynamicCache, rows: int = 1) -> DynamicCache:
    twin = copy.deepcopy(cache)
    if rows > 1:
        twin.batch_repeat_interleave(rows)
    return twin


def shared_prefix(rows: list[list[int]]) -> int:
    """Tokens that all rows begin with, at most all but the last of the shortest; 0 where it does not pay."""
    if len(rows) < 2:
        return 0
    # Of a sorted list, the first and the last differ earliest.
    first, last = min(rows), max(rows)
    length = min(map(len, rows)) - 1
    same = next((i for i in range(length) if first[i] != last[i]), length)
    return same if same >= WORTH_CACHING else 0


def _ids(value) -> set[int]:
    if value is None:
        return set()
    return set(value) if isinstance(value, (list, tuple)) else {int(value)}
