"""Rows packed into blocks of at most `sequence_length` tokens. Every token of every row is in exactly one block.

`wrapped`: concatenate and cut; the last block may be short and is kept. `bfd_split`: rows longer than a block are cut,
then pieces go whole into the fullest block that has room (best fit, decreasing), masked from each other.
"""

from __future__ import annotations

import bisect
from dataclasses import dataclass

import numpy as np

from .rows import Rows


@dataclass(frozen=True)
class Blocks:
    """Block i is the pieces `first[i]` … `first[i + 1] - 1`; piece j is tokens [start[j], start[j] + length[j])."""

    rows: Rows
    start: np.ndarray
    length: np.ndarray
    first: np.ndarray
    separate: bool
    """True: pieces of a block must not see each other."""

    def __len__(self) -> int:
        return len(self.first) - 1

    def tokens_of(self) -> np.ndarray:
        """Tokens of each block [blocks]."""
        return np.add.reduceat(self.length, self.first[:-1]) if len(self) else np.empty(0, np.int64)

    def example(self, index: int) -> dict:
        """`input_ids`, `labels` [tokens] int64 and `seq_lengths` of the pieces."""
        pieces = slice(self.first[index], self.first[index + 1])
        spans = [slice(s, s + n) for s, n in zip(self.start[pieces], self.length[pieces], strict=True)]
        return {
            "input_ids": np.concatenate([self.rows.tokens[span] for span in spans]).astype(np.int64),
            "labels": np.concatenate([self.rows.labels[span] for span in spans]).astype(np.int64),
            "seq_lengths": [int(n) for n in self.length[pieces]],
        }


def pack(rows: Rows, sequence_length: int, packing: str) -> Blocks:
    return _wrapped(rows, sequence_length) if packing == "wrapped" else _bfd_split(rows, sequence_length)


def _wrapped(rows: Rows, block: int) -> Blocks:
    total = int(rows.starts[-1])
    start = np.arange(0, total, block, dtype=np.int64)
    length = np.minimum(block, total - start)
    return Blocks(rows, start, length, np.arange(len(start) + 1), separate=False)


def _bfd_split(rows: Rows, block: int) -> Blocks:
    pieces: list[tuple[int, int]] = []
    for begin, end in zip(rows.starts[:-1], rows.starts[1:], strict=True):
        pieces += [(int(at), int(min(block, end - at))) for at in range(int(begin), int(end), block)]
    order = sorted(range(len(pieces)), key=lambda i: (-pieces[i][1], i))
    bins: list[list[int]] = []
    rooms: list[int] = []  # distinct rooms that some bin has left, ascending
    waiting: dict[int, list[int]] = {}  # room → bins that have it
    for index in order:
        size = pieces[index][1]
        at = bisect.bisect_left(rooms, size)
        if at < len(rooms):
            room = rooms[at]
            target = waiting[room].pop()
            if not waiting[room]:
                del waiting[room], rooms[at]
        else:
            room, target = block, len(bins)
            bins.append([])
        bins[target].append(index)
        left = room - size
        if left:
            if left not in waiting:
                bisect.insort(rooms, left)
                waiting[left] = []
            waiting[left].append(target)
    flat = [index for members in bins for index in members]
    return Blocks(
        rows,
        np.array([pieces[i][0] for i in flat], dtype=np.int64),
        np.array([pieces[i][1] for i in flat], dtype=np.int64),
        np.cumsum([0, *map(len, bins)]),
        separate=True,
    )
