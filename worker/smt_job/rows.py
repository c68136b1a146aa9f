"""The data set's rows, checked against its manifest and laid end to end on disk: read with a memory map, never loaded whole."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as parquet

from .files import read_json, sha256_of, write_atomically
from .problem import bad_input

READ_ROWS = 4096


@dataclass(frozen=True)
class Rows:
    """`tokens`, `labels` [n] int32 of all rows one after the other; row i is [starts[i], starts[i + 1])."""

    tokens: np.ndarray
    labels: np.ndarray
    starts: np.ndarray

    def __len__(self) -> int:
        return len(self.starts) - 1


def read_manifest(folder: Path, dataset_hash: str) -> dict:
    manifest = read_json(folder / "manifest.json")
    if manifest is None:
        raise bad_input(f"{folder} holds no readable manifest.json.", "Build the training set again.")
    if manifest.get("v") != 1:
        raise bad_input(f"{folder}/manifest.json was written by another version (v {manifest.get('v')}).")
    if manifest.get("hash") != dataset_hash:
        raise bad_input(f"{folder} is not the training set this job was made for (its hash differs).")
    return manifest


def read_rows(folder: Path, manifest: dict, split: str, scratch: Path, vocabulary: int) -> Rows:
    """Rows of one split, from `scratch` when an earlier attempt laid them out. Raises `bad_input` on any difference."""
    place = scratch / split
    expected = manifest["train" if split == "train" else "held_out"]["tokens"]
    if (read_json(place / "complete.json") or {}).get("hash") != manifest["hash"]:
        place.mkdir(parents=True, exist_ok=True)
        _lay_out(folder, manifest, split, place, expected, vocabulary)
    kinds = (("tokens", np.int32), ("labels", np.int32))
    arrays = [np.memmap(place / name, dtype=kind, mode="r") if expected else np.empty(0, kind) for name, kind in kinds]
    return Rows(*arrays, np.fromfile(place / "starts", dtype=np.int64))


def _lay_out(folder: Path, manifest: dict, split: str, place: Path, expected: int, vocabulary: int) -> None:
    lengths: list[np.ndarray] = []
    with open(place / "tokens", "wb") as tokens, open(place / "labels", "wb") as labels:
        for file in (one for one in manifest["files"] if one["split"] == split):
            path = folder / file["path"]
            if not path.is_file() or sha256_of(path) != file["sha256"]:
                raise bad_input(f"{path} is missing or was changed since the training set was built.")
            for batch in parquet.ParquetFile(path).iter_batches(READ_ROWS, columns=["input_ids", "labels"]):
                ids, marks = batch.column("input_ids"), batch.column("labels")
                row_lengths = np.diff(ids.offsets.to_numpy())
                if not np.array_equal(row_lengths, np.diff(marks.offsets.to_numpy())):
                    raise bad_input(f"{path}: a row has more labels than tokens, or fewer.")
                values = ids.flatten().to_numpy(zero_copy_only=False).astype(np.int32, copy=False)
                targets = marks.flatten().to_numpy(zero_copy_only=False).astype(np.int32, copy=False)
                if len(values) and (values.min() < 0 or values.max() >= vocabulary):
                    raise bad_input(
                        f"{path}: token {values.max()} is outside the model's vocabulary of {vocabulary}.",
                        "The training set was tokenised for another student: build it again.",
                    )
                if np.any((targets != values) & (targets != -100)):
                    raise bad_input(f"{path}: a label is neither its token nor -100.")
                tokens.write(values.tobytes())
                labels.write(targets.tobytes())
                lengths.append(row_lengths)
    all_lengths = np.concatenate(lengths) if lengths else np.empty(0, np.int64)
    starts = np.concatenate([[0], np.cumsum(all_lengths, dtype=np.int64)])
    if int(starts[-1]) != expected:
        raise bad_input(f"{folder}: {split} holds {starts[-1]} tokens, its manifest says {expected}.")
    starts.astype(np.int64).tofile(place / "starts")
    write_atomically(place / "complete.json", json.dumps({"v": 1, "hash": manifest["hash"]}))
