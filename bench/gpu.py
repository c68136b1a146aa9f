"""What only a GPU can show: the marked tests of worker/tests/test_gpu.py, and what the training job costs and needs there.

    python3 bench/gpu.py --out gpu.json

Needs the worker's packages and pytest in its own interpreter, and no Node: run it on a GPU host, bring the file back, and
`npm run bench -- --only gpu --gpu-figures gpu.json` puts it into the report. On a machine with both, that command
without the file does all of it.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from xml.etree import ElementTree

BENCH = Path(__file__).resolve().parent
WORKER = BENCH.parent / "worker"
sys.path.insert(0, str(WORKER))
PACKAGES = ("torch", "transformers", "trl", "accelerate")
# Shapes whose masters, gradients and moments fit one GPU of 80 GB, at the defaults of the product and with more at once.
RUNS = (
    ["--shape", "smollm2-135m", "--steps", "30", "--rounds", "2", "--batch", "16", "--micro", "1"],
    ["--shape", "smollm2-135m", "--steps", "30", "--rounds", "1", "--batch", "16", "--micro", "8"],
    ["--shape", "llama-3.2-1b", "--steps", "12", "--rounds", "1", "--batch", "16", "--micro", "1"],
    ["--shape", "llama-3.2-1b", "--steps", "12", "--rounds", "1", "--batch", "16", "--micro", "4"],
)


def tests() -> list[dict]:
    """Name, seconds, outcome and reason of each marked test."""
    with tempfile.TemporaryDirectory() as scratch:
        report = Path(scratch) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", f"--junitxml={report}"]
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "SMT_WORKER_PYTHON": sys.executable}
        subprocess.run([*command, "tests/test_gpu.py"], cwd=WORKER, env=environment, check=False)
        return [told(case) for case in ElementTree.parse(report).iter("testcase")]


def told(case: ElementTree.Element) -> dict:
    skipped = case.find("skipped")
    failed = case.find("failure") is not None or case.find("error") is not None
    return {
        "name": case.get("name"),
        "seconds": float(case.get("time", 0)),
        "outcome": "skipped" if skipped is not None else "failed" if failed else "passed",
        "reason": skipped.get("message") if skipped is not None else None,
    }


def training(arguments: list[str]) -> dict:
    environment = {**os.environ, "SMT_WORKER_PYTHON": sys.executable}
    command = [sys.executable, str(BENCH / "training.py"), "--json", "--sequence-length", "2048", *arguments]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True)
    if ended.returncode:
        return {"arguments": arguments, "problem": ended.stderr[-2000:]}
    return {"arguments": arguments, **json.loads(ended.stdout.splitlines()[-1])}


def main() -> int:
    from smt_job.events import gpu_inventory

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    out = parser.parse_args().out
    gpus = gpu_inventory()
    if not gpus:
        print("There is no CUDA GPU here (nvidia-smi names none).", file=sys.stderr)
        return 2
    versions = {name: importlib.metadata.version(name) for name in PACKAGES}
    figures = {
        "measured": time.strftime("%Y-%m-%d", time.gmtime()),
        "gpus": [gpu["name"] for gpu in gpus],
        "versions": {"python": platform.python_version(), **versions},
        "tests": [],
        "training": [],
    }
    # After every part, so that a machine that goes away takes little along.
    for part, works in (("tests", [tests]), ("training", [lambda run=run: [training(run)] for run in RUNS])):
        for work in works:
            figures[part] += work()
            out.write_text(json.dumps(figures, indent=1) + "\n")
            print(f"{part}: {json.dumps(figures[part][-1])}", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
