"""A GGUF file as fp32 safetensors with its tokenizer, converted once into the cache (25–50 s, then about one)."""

from __future__ import annotations

import fcntl
import json
import shutil
from pathlib import Path

from .files import sha256_of, write_atomically
from .problem import Problem

CONTROL, USER_DEFINED = 3, 4  # llama.cpp's kinds of tokens that are matched before the merges run


def convert(gguf: Path, cache: Path, version: int) -> tuple[Path, str]:
    """The folder with safetensors and the file's SHA-256. Raises a Problem where the architecture or the vocabulary is not known."""
    digest = _hash_once(gguf, cache)
    folder = cache / f"{digest[:16]}-v{version}"
    cache.mkdir(parents=True, exist_ok=True)
    with open(cache / f"{digest[:16]}.lock", "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "complete.json").exists():
            draft = folder.with_name(f"{folder.name}.draft")
            shutil.rmtree(draft, ignore_errors=True)
            shutil.rmtree(folder, ignore_errors=True)
            draft.mkdir()
            try:
                _write(gguf, draft)
            except (ValueError, KeyError, NotImplementedError) as error:
                raise Problem(
                    "weights",
                    f"{gguf.name} can't be converted: {str(error)[:500]}",
                    "Name a folder with the model's safetensors instead (training.weights.path).",
                    retryable=False,
                ) from error
            write_atomically(draft / "complete.json", json.dumps({"v": 1, "gguf": gguf.name, "sha256": digest}))
            draft.rename(folder)
    return folder, digest


def _hash_once(gguf: Path, cache: Path) -> str:
    """SHA-256 of the file, remembered by path, size and time of change."""
    seen = gguf.stat()
    key = f"{gguf} {seen.st_size} {seen.st_mtime_ns}"
    note = cache / "hashes.json"
    try:
        known = json.loads(note.read_text())
    except (OSError, ValueError):
        known = {}
    if key not in known:
        known[key] = sha256_of(gguf)
        cache.mkdir(parents=True, exist_ok=True)
        write_atomically(note, json.dumps(known))
    return known[key]


def _write(gguf: Path, folder: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM

    fields = _metadata(gguf)
    tokenizer = _tokenizer(gguf, fields)
    tokenizer.save_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(gguf.parent, gguf_file=gguf.name, dtype=torch.float32)
    # The loader marks the model as quantised and save_pretrained refuses it, though all of it is fp32 by now.
    model.hf_quantizer = None
    model.is_quantized = False
    if hasattr(model.config, "quantization_config"):
        del model.config.quantization_config
    model.config.dtype = "float32"
    for name in ("bos_token_id", "eos_token_id", "pad_token_id"):
        setattr(model.config, name, getattr(tokenizer, name))
        setattr(model.generation_config, name, getattr(tokenizer, name))
    model.save_pretrained(folder)


def _metadata(gguf: Path) -> dict:
    from gguf import GGUFReader

    return {name: field.contents() for name, field in GGUFReader(str(gguf)).fields.items()}


def _tokenizer(gguf: Path, fields: dict):
    """For SmolLM's vocabulary the very `tokenizer.json` that the mixture was counted with (studentTokenizer.ts)."""
    from tokenizers import Tokenizer
    from transformers import AutoTokenizer, PreTrainedTokenizerFast

    if (fields.get("tokenizer.ggml.model"), fields.get("tokenizer.ggml.pre")) != ("gpt2", "smollm"):
        return AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name)
    tokens = fields["tokenizer.ggml.tokens"]

    def named(role: str) -> str | None:
        index = fields.get(f"tokenizer.ggml.{role}_token_id")
        return None if index is None else tokens[index]

    return PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer.from_str(json.dumps(_smollm_tokenizer(fields))),
        bos_token=named("bos"),
        eos_token=named("eos"),
        pad_token=named("padding") or named("eos"),
        unk_token=named("unknown"),
        chat_template=fields.get("tokenizer.chat_template"),
        clean_up_tokenization_spaces=False,
    )


def _smollm_tokenizer(fields: dict) -> dict:
    tokens, kinds = fields["tokenizer.ggml.tokens"], fields["tokenizer.ggml.token_type"]
    byte_level = {"type": "ByteLevel", "trim_offsets": True, "use_regex": True}
    plain = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [
            {"id": index, "content": token, **plain, "special": kinds[index] == CONTROL}
            for index, token in enumerate(tokens)
            if kinds[index] in (CONTROL, USER_DEFINED)
        ],
        "normalizer": None,
        "pre_tokenizer": {
            "type": "Sequence",
            "pretokenizers": [
                {"type": "Digits", "individual_digits": True},
                {**byte_level, "add_prefix_space": False},
            ],
        },
        "post_processor": None,
        "decoder": {**byte_level, "add_prefix_space": True},
        "model": {
            **{"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None},
            **{"end_of_word_suffix": None, "fuse_unk": False, "byte_fallback": False},
            "vocab": {token: index for index, token in enumerate(tokens)},
            "merges": [merge.split(" ", 1) for merge in fields["tokenizer.ggml.merges"]],
        },
    }
