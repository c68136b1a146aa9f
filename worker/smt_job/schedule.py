"""Which block is trained on when: drawn once from the seed, the same for any number of processes and any attempt."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from .problem import bad_input

FILLER = -1  # a place in the last step of an epoch that no block is left for: learns nothing, counts nothing


@dataclass(frozen=True)
class Schedule:
    """`order` [steps × batch]: block of each place. `tokens`: what the whole run must have seen at its end."""

    order: np.ndarray
    batch: int
    tokens: int

    @property
    def steps(self) -> int:
        return len(self.order) // self.batch


def make_schedule(tokens_of: np.ndarray, epochs: float, batch: int, seed: int) -> Schedule:
    """Each epoch a new permutation of all blocks, filled up to whole steps; a fractional last epoch is its first part."""
    if not len(tokens_of):
        raise bad_input("The training set is empty.", "Build it again with more samples.")
    parts, tokens = [], 0
    for epoch in range(math.ceil(epochs)):
        share = min(1.0, epochs - epoch)
        blocks = np.random.default_rng([seed, epoch]).permutation(len(tokens_of))
        blocks = blocks[: max(1, round(share * len(blocks)))]
        tokens += int(tokens_of[blocks].sum())
        parts += [blocks, np.full(-len(blocks) % batch, FILLER)]
    return Schedule(np.concatenate(parts).astype(np.int64), batch, tokens)
