"""The lock of an environment: `worker/requirements/<extra>.txt`, exact versions with the SHA-256 of every file.

On a machine without an NVIDIA GPU the CUDA packages that `import torch` can do without are left out: the same versions,
1.3 GB less.
"""

from __future__ import annotations

import hashlib
import platform
import re
import sys
from pathlib import Path

FOLDER = Path(__file__).parent.parent / "requirements"
# Which files make an extra's lock; later ones add packages.
EXTRAS = {
    "train": ("train",),
    "test": ("train", "test"),
    "generate": ("generate",),
    "lm-eval": ("train", "lm-eval"),
}
# torch loads these only when a kernel of theirs is called, which needs a GPU.
NOT_WITHOUT_GPU = ("triton", "nvidia-nvtx", "nvidia-cusolver")


def lock_text(extra: str, gpu: bool) -> str:
    """The requirement blocks that this machine installs, hashes included."""
    blocks: dict[str, str] = {}
    for name in EXTRAS[extra]:
        for block in re.split(r"\n(?=[A-Za-z0-9])", (FOLDER / f"{name}.txt").read_text(encoding="utf-8")):
            if block.startswith("#") or not block.strip():
                continue
            key = re.split(r" \\| ;|\n", block, maxsplit=1)[0].strip()
            marker = re.search(r" ; (.*?) \\", block)
            blocks[f"{key};{marker.group(1) if marker else ''}"] = block.strip()
    kept = (b for b in blocks.values() if gpu or not b.startswith(tuple(f"{n}==" for n in NOT_WITHOUT_GPU)))
    return "\n".join(kept) + "\n"


def lock_key(extra: str, gpu: bool) -> str:
    """Names the environment's folder: lock, Python and platform."""
    text = f"{extra}\n{sys.version_info[:3]}\n{sys.platform} {platform.machine()}\n{lock_text(extra, gpu)}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def size_of_environment(extra: str, gpu: bool) -> tuple[int, int]:
    """(download, unpacked) bytes, measured on 64-bit Linux with the locked versions; elsewhere torch has no CUDA."""
    sizes = {
        ("train", True): (2_700_000_000, 5_600_000_000),
        ("train", False): (2_050_000_000, 4_300_000_000),
        ("generate", True): (5_000_000_000, 11_000_000_000),
    }
    if sys.platform != "linux":
        return 250_000_000, 1_000_000_000
    return sizes.get(("train" if extra in ("test", "lm-eval") else extra, gpu), (5_000_000_000, 11_000_000_000))
