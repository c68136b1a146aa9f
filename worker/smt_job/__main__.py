"""`python3 -m smt_job <verb>`: run, batch, harness, environment, probe. Standard library only."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from .problem import BAD_INPUT

OLDEST_PYTHON = (3, 11)


def main(argv: list[str]) -> int:
    if sys.version_info < OLDEST_PYTHON:
        print(f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}.", file=sys.stderr)
        return BAD_INPUT
    parser = argparse.ArgumentParser(prog="smt_job", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    run = verbs.add_parser("run", help="run the job of a run directory (train, serve)")
    run.add_argument("dir", type=Path)
    batch = verbs.add_parser("batch", help="answer a file of OpenAI batch requests, offline and resumable")
    batch.add_argument("--model", required=True, help="folder with safetensors, or a GGUF file")
    batch.add_argument("--input", required=True, type=Path)
    batch.add_argument("--output", required=True, type=Path)
    batch.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda"))
    batch.add_argument("--dtype", default="auto", choices=("auto", "fp32", "bf16"))
    harness = verbs.add_parser("harness", help="tasks of lm-evaluation-harness on one model, resumable by task")
    harness.add_argument("--model", required=True, help="folder with safetensors, or a GGUF file")
    harness.add_argument("--task", required=True, action="append", dest="tasks")
    harness.add_argument("--output", required=True, type=Path, help="one folder a task comes into it")
    harness.add_argument("--folder", required=True, type=Path, help="working folder: where tasks look for their files")
    harness.add_argument("--include", type=Path, help="folder of task YAML; code it names is run")
    harness.add_argument("--limit", type=int, help="questions a task")
    environment = verbs.add_parser(
        "environment", help="make the Python environment of a role and print its interpreter"
    )
    environment.add_argument("--extra", default="train", choices=("train", "test", "generate", "lm-eval"))
    verbs.add_parser("probe", help="what this machine has, as JSON")
    arguments = parser.parse_args(argv)
    if arguments.verb == "run":
        from .launch import run as run_job

        return run_job(arguments.dir)
    if arguments.verb == "batch":
        from .batch_launch import launch_batch

        return launch_batch(arguments)
    if arguments.verb == "harness":
        from .batch_launch import launch_harness

        return launch_harness(arguments)
    if arguments.verb == "environment":
        from .batch_launch import print_environment

        return print_environment(arguments.extra)
    from .probe import probe

    print(json.dumps(probe()))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
