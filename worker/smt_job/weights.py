"""The student's weights as a folder of safetensors with its tokenizer, wherever they come from, and their hash."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from .files import read_json, root_folder, sha256_of, write_atomically
from .keys import keys_from_stdin
from .problem import Problem, bad_input

HUB_FILES = ("*.safetensors", "*.safetensors.index.json", "*.json", "*.jinja", "tokenizer.model", "LICENSE*")
HUB_ORIGIN = "https://huggingface.co"  # the key's name, also where HF_ENDPOINT names a mirror
CONVERSION = 2  # raised when the conversion changes: older cached results are made again


@dataclass(frozen=True)
class Weights:
    """`folder` holds safetensors, config and tokenizer; `sha256` names the weights it all comes from."""

    folder: Path
    sha256: str
    source: str


def resolve_weights(model: str, model_path: str | None, revision: str | None, base: Path) -> Weights:
    """`model_path` (relative to `base`, the run directory) or the hub at a pinned revision. Raises a Problem."""
    if model_path:
        path = Path(model_path).expanduser()
        return local_weights(path if path.is_absolute() else base / path)
    return hub_weights(model, revision)


def local_weights(path: Path) -> Weights:
    path = path.resolve()
    if path.is_file() and path.suffix == ".gguf":
        from .gguf_weights import convert

        folder, sha256 = convert(path, root_folder() / "weights", CONVERSION)
        return Weights(folder, sha256, str(path))
    if not path.is_dir():
        raise bad_input(f"{path} is neither a folder nor a GGUF file.", "Name the folder with the model's safetensors.")
    return Weights(path, folder_hash(path), str(path))


def folder_hash(folder: Path) -> str:
    """SHA-256 over names and hashes of the safetensors. Only this format is loaded: others can run code."""
    shards = sorted(folder.glob("*.safetensors"))
    if not shards or not (folder / "config.json").exists():
        raise bad_input(
            f"{folder} holds no safetensors with a config.json.",
            "Pickled weights (.bin, .pt) are not loaded; convert them to safetensors.",
        )
    known = read_json(folder / "manifest.json") or {}
    recorded = {entry.get("path"): entry for entry in known.get("files", [])}
    digest = hashlib.sha256()
    for shard in shards:
        entry = recorded.get(shard.name, {})
        # A model that this worker wrote carries its hashes; a size that differs means it was changed since.
        same = entry.get("bytes") == shard.stat().st_size and entry.get("sha256")
        digest.update(f"{shard.name} {entry['sha256'] if same else sha256_of(shard)}\n".encode())
    return digest.hexdigest()


def hub_weights(model: str, revision: str | None) -> Weights:
    """The pinned revision from the hub, into this machine's cache."""
    if not revision:
        raise bad_input(
            f"training.weights names neither a path nor a revision for {model}.",
            "Pin the commit of the model on its hub (weights.revision), or name a folder (weights.path).",
        )
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, LocalEntryNotFoundError

    # None: a login of this machine's user (`hf auth login`) serves as well.
    token = keys_from_stdin().get(HUB_ORIGIN)
    try:
        folder = snapshot_download(
            model,
            revision=revision,
            allow_patterns=list(HUB_FILES),
            cache_dir=root_folder() / "hub",
            token=token,
        )
    except GatedRepoError as error:
        raise Problem(
            "gated",
            f"{model} asks for its licence to be accepted: {str(error)[:300]}",
            "Accept it on the model's page, and give a token of that account.",
        ) from None
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
        raise Problem(
            "weights",
            f"{model}@{revision} could not be fetched: {str(error)[:500]}",
            "Check the network, or name a folder with the weights (training.weights.path).",
        ) from None
    path = Path(folder)
    return Weights(path, folder_hash(path), f"{model}@{revision}")


def copy_tokenizer(source: Path, target: Path) -> None:
    """Tokenizer and chat template byte for byte: what was counted with is what is shipped."""
    for name in (
        "tokenizer.json",
        "tokenizer_config.json",
        "special_tokens_map.json",
        "chat_template.jinja",
        "vocab.json",
        "merges.txt",
        "tokenizer.model",
        "generation_config.json",
    ):
        if (source / name).exists():
            shutil.copyfile(source / name, target / name)


def write_manifest(folder: Path, more: dict) -> dict:
    """`manifest.json`: every file with size and SHA-256; written last, so a folder without it is not finished."""
    files = [
        {"path": file.relative_to(folder).as_posix(), "bytes": file.stat().st_size, "sha256": sha256_of(file)}
        for file in sorted(folder.rglob("*"))
        if file.is_file() and file.name != "manifest.json"
    ]
    manifest = {"v": 1, **more, "files": files}
    write_atomically(folder / "manifest.json", json.dumps(manifest, indent=2) + "\n", durable=os.name == "posix")
    return manifest
