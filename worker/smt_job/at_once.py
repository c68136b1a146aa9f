"""How many blocks a device holds at once. On a GPU one block leaves most of it idle: a model of 135 million parameters
learned 10,000 tokens a second on an H200 with one block of 2,048 tokens at once, and 98,000 with eight.
"""

from __future__ import annotations

from dataclasses import dataclass

from .problem import bad_input

# fp32 master, gradient and AdamW's two moments, and the bf16 copy that autocast keeps while it computes.
TRAINED_BYTES = 18
# Of a weight that LoRA only reads: held once, and that copy.
FROZEN_BYTES = 6
# Nothing is known to gain beyond it.
MOST_TOKENS = 16_384
# Of what is free; the rest is for fragments, kernels' own room and the loss in tiles.
SHARE = 0.8
CPU_TOKENS = 512


@dataclass(frozen=True)
class Shape:
    """What of a model decides over its memory."""

    trained: int  # parameters
    frozen: int
    layers: int
    hidden: int
    intermediate: int

    @classmethod
    def of(cls, model) -> Shape | None:
        """None for a model whose configuration does not tell it."""
        config = model.config.get_text_config()
        sizes = [getattr(config, name, None) for name in ("num_hidden_layers", "hidden_size", "intermediate_size")]
        if not all(isinstance(size, int) and size > 0 for size in sizes):
            return None
        trained = sum(p.numel() for p in model.parameters() if p.requires_grad)
        return cls(trained, sum(p.numel() for p in model.parameters()) - trained, *sizes)

    def state_bytes(self) -> int:
        return TRAINED_BYTES * self.trained + FROZEN_BYTES * self.frozen

    def token_bytes(self, checkpointing: bool) -> int:
        """Of activations, an upper estimate (measured on the H200: 91 kB where this says 155 kB): the fp32 residual stream
        of each layer, and all of one layer (of every layer without checkpointing) in fp32."""
        layer = 4 * (16 * self.hidden + 8 * self.intermediate)
        return 4 * self.layers * self.hidden + layer * (1 if checkpointing else self.layers)


def wanted_on_gpu(shape: Shape | None, settings: dict, processes: int, free_bytes: int) -> int:
    """Blocks that fit into a GPU with `free_bytes` before the model is there; at least one."""
    # Rows that are masked from each other come as one long row, whose mask grows with its square.
    if shape is None or settings["packing"] == "bfd_split":
        return 1
    room = SHARE * free_bytes - shape.state_bytes() / processes
    block = settings["sequence_length"] * shape.token_bytes(bool(settings["gradient_checkpointing"]))
    return max(1, min(int(room // block), MOST_TOKENS // settings["sequence_length"]))


def wanted_on_cpu(settings: dict) -> int:
    return max(1, CPU_TOKENS // settings["sequence_length"])


def micro_batches(batch: int, processes: int, wanted: int) -> tuple[int, int]:
    """(blocks a device holds at once, accumulation steps): their product over all processes is the batch, exactly."""
    if batch % processes:
        raise bad_input(
            f"training.batch_sequences is {batch}, which {processes} processes can't share evenly.",
            f"Choose a multiple of {processes}.",
        )
    each = batch // processes
    micro = max(size for size in range(1, min(wanted, each) + 1) if each % size == 0)
    return micro, each // micro
