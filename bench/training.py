"""What the training job costs beside a bare PyTorch loop: same model, rows, order and steps.

    python3 bench/training.py [--model PATH | --shape smollm2-135m] [--steps 40] [--rounds 3]
                              [--sequence-length 256] [--batch 2] [--micro 2]

Both arms run in processes of their own, in turn, so that a machine that gets slower hurts both. The job is the real one
(`smt_job run`); its step times are the differences between the times of its metric events. The loop is ours below: AdamW,
clipping, cosine, loss over the learned tokens, nothing else. On a GPU both compute in bf16 with fp32 masters and
gradient checkpointing. On a busy machine only processor time tells anything. It checks that both learn the same: the
losses must agree. Without --model a Llama of random weights: of 11 million parameters, whose short steps make fixed
costs look largest, or of a known model's --shape.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

WORKER = Path(__file__).resolve().parent.parent / "worker"
sys.path.insert(0, str(WORKER))
SKIPPED_STEPS = 3  # the first steps allocate
# Llama configurations: the published ones of the models named (config.json of their hub pages).
SHAPES = {
    "llama-11m": dict(vocab_size=8192, hidden_size=256, intermediate_size=768, num_hidden_layers=8,
                      num_attention_heads=8, num_key_value_heads=4),
    "smollm2-135m": dict(vocab_size=49152, hidden_size=576, intermediate_size=1536, num_hidden_layers=30,
                         num_attention_heads=9, num_key_value_heads=3),
    "llama-3.2-1b": dict(vocab_size=128256, hidden_size=2048, intermediate_size=8192, num_hidden_layers=16,
                         num_attention_heads=32, num_key_value_heads=8),
}  # fmt: skip


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--shape", choices=SHAPES, default="llama-11m", help="of random weights, without --model")
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sequence-length", type=int, default=256)
    parser.add_argument("--batch", type=int, default=2, help="blocks a step")
    parser.add_argument("--micro", type=int, help="blocks a device holds at once; all of a step")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of words")
    parser.add_argument("--loop", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def write_inputs(folder: Path, options: argparse.Namespace) -> dict:
    """A model where none is named, and rows of random tokens, every other one half masked."""
    import numpy
    import pyarrow
    import pyarrow.parquet
    import torch
    from transformers import AutoConfig, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast
    from tokenizers import Tokenizer, models

    from smt_job.weights import local_weights

    if options.model:
        model = local_weights(options.model).folder
    else:
        model = folder / "model"
        torch.manual_seed(0)
        config = LlamaConfig(**SHAPES[options.shape], tie_word_embeddings=True, max_position_embeddings=8192)
        with torch.device("cuda" if torch.cuda.is_available() else "cpu"):  # a billion random numbers take a minute
            LlamaForCausalLM(config).save_pretrained(model)
        vocabulary = Tokenizer(models.WordLevel({f"w{i}": i for i in range(config.vocab_size)}, unk_token="w0"))
        PreTrainedTokenizerFast(tokenizer_object=vocabulary, eos_token="w1", pad_token="w1").save_pretrained(model)
    size = AutoConfig.from_pretrained(model).vocab_size
    rng = numpy.random.default_rng(0)
    rows, left = [], options.steps * options.batch * options.sequence_length
    while left:
        ids = rng.integers(5, size, min(left, int(rng.integers(40, 400)))).tolist()
        masked = len(ids) // 2 if len(rows) % 2 else 0
        rows.append({"input_ids": ids, "labels": [-100] * masked + ids[masked:]})
        left -= len(ids)
    data = folder / "dataset" / "data"
    data.mkdir(parents=True)
    kind = pyarrow.list_(pyarrow.int32())
    table = pyarrow.Table.from_pylist(rows, schema=pyarrow.schema([("input_ids", kind), ("labels", kind)]))
    pyarrow.parquet.write_table(table, data / "train-00000.parquet")
    shard = (data / "train-00000.parquet").read_bytes()
    tokens = sum(len(row["input_ids"]) for row in rows)
    share = {"tokens": tokens, "rows": len(rows)}
    file = {"path": "data/train-00000.parquet", "split": "train", "sha256": hashlib.sha256(shard).hexdigest()}
    manifest = {"v": 1, "name": "bench", "hash": "bench", "train": share, "held_out": {"tokens": 0, "rows": 0}}
    (folder / "dataset" / "manifest.json").write_text(json.dumps({**manifest, "files": [{**file, **share}]}))
    return {
        "dataset": "bench", "dataset_path": str(folder / "dataset"), "dataset_hash": "bench", "model": "bench",
        "model_path": str(model), "revision": None, **share, "processes": 1,
        "settings": {"epochs": 1, "sequence_length": options.sequence_length, "batch_sequences": options.batch,
                     "micro_batch_sequences": options.micro or options.batch, "learning_rate": 3e-4,
                     "save_every_steps": 10**6},
    }  # fmt: skip


def bare_loop(run_dir: Path) -> None:
    """Prints `[seconds, loss]` of each step, the processor seconds of one, and the most GPU memory that was allocated."""
    import time

    import torch
    from transformers import AutoModelForCausalLM, get_cosine_schedule_with_warmup

    from smt_job.packing import pack
    from smt_job.rows import read_manifest, read_rows
    from smt_job.schedule import make_schedule
    from smt_job.spec import read_spec

    gpu = torch.cuda.is_available()
    device = torch.device("cuda" if gpu else "cpu")
    if not gpu:
        torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    params = read_spec(run_dir)["params"]
    settings, dataset = params["settings"], Path(params["dataset_path"])
    manifest = read_manifest(dataset, params["dataset_hash"])
    blocks = pack(
        read_rows(dataset, manifest, "train", run_dir / "rows", 10**9), settings["sequence_length"], "wrapped"
    )
    schedule = make_schedule(blocks.tokens_of(), 1, settings["batch_sequences"], settings["seed"])
    model = AutoModelForCausalLM.from_pretrained(params["model_path"], dtype=torch.float32).to(device).train()
    if gpu and settings["gradient_checkpointing"]:
        model.gradient_checkpointing_enable({"use_reentrant": False})
    groups = [
        {"params": [p for p in model.parameters() if p.ndim >= 2], "weight_decay": settings["weight_decay"]},
        {"params": [p for p in model.parameters() if p.ndim < 2], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups, lr=settings["learning_rate"], betas=(0.9, 0.999), fused=True)
    warmup = -int(-settings["warmup_ratio"] * schedule.steps // 1)
    scheduler = get_cosine_schedule_with_warmup(optimizer, warmup, schedule.steps)
    micro = settings["micro_batch_sequences"]
    times, processor = [], time.process_time()
    for step in range(schedule.steps):
        began = time.perf_counter()
        chosen = schedule.order[step * schedule.batch : (step + 1) * schedule.batch]
        examples = [blocks.example(block) for block in chosen]
        ids = torch.stack([torch.from_numpy(example["input_ids"]) for example in examples]).to(device)
        labels = torch.stack([torch.from_numpy(example["labels"]) for example in examples]).to(device)
        learned, loss = (labels[:, 1:] != -100).sum(), torch.zeros((), device=device)
        for at in range(0, len(chosen), micro):
            part = slice(at, at + micro)
            with torch.autocast("cuda", torch.bfloat16, enabled=gpu):
                logits = model(input_ids=ids[part], use_cache=False).logits[:, :-1]
            summed = torch.nn.functional.cross_entropy(
                logits.float().flatten(0, 1), labels[part, 1:].flatten(), reduction="sum"
            )
            (summed / learned).backward()
            loss += summed.detach() / learned
        torch.nn.utils.clip_grad_norm_(model.parameters(), settings["max_grad_norm"])
        optimizer.step()
        scheduler.step()
        optimizer.zero_grad()
        times.append([time.perf_counter() - began, float(loss)])
    memory = torch.cuda.max_memory_allocated() / 2**20 if gpu else None
    cpu = (time.process_time() - processor) / schedule.steps
    print(json.dumps({"steps": times, "cpu": cpu, "gpu_mib": memory}))


def write_spec(run_dir: Path, params: dict) -> None:
    run_dir.mkdir(parents=True)
    spec = {"schema": "smt-spec/1", "run": run_dir.name, "kind": "train", "title": "bench", "project": "bench"}
    (run_dir / "spec.json").write_text(json.dumps({**spec, "created": 0.0, "resume": "auto", "params": params}))


def printed(command: list[str], environment: dict) -> str:
    """Standard output of a process. Raises with its last words where it fails."""
    ended = subprocess.run(command, env=environment, capture_output=True, text=True)
    if ended.returncode:
        raise RuntimeError(f"{' '.join(command)}\n{ended.stdout[-2000:]}{ended.stderr[-4000:]}")
    return ended.stdout


def job_steps(run_dir: Path, environment: dict) -> tuple[list[list[float]], float, float, float | None]:
    """`[seconds, loss]` of each step but the first; processor seconds of a step, and of its events; MiB of GPU memory."""
    printed([sys.executable, "-m", "smt_job", "run", str(run_dir)], environment)
    events = [json.loads(line) for line in (run_dir / "events.jsonl").read_text().splitlines()]
    metrics = [e for e in events if e["type"] == "metric" and "loss" in e["values"]]
    steps = [
        [after["ts"] - before["ts"], after["values"]["loss"]]
        for before, after in zip(metrics, metrics[1:], strict=False)
    ]
    (words,) = [e["msg"].split() for e in events if e["type"] == "log" and e["msg"].startswith("A step took")]
    memory = float(words[13]) if len(words) > 13 else None  # "… its events X ms; at most N MiB of GPU memory …"
    return steps, float(words[3]) / 1000, float(words[9]) / 1000, memory


def main() -> None:
    from smt_job.events import gpu_inventory

    options = arguments()
    if options.loop:
        bare_loop(options.loop)
        return
    threads = os.environ.setdefault("OMP_NUM_THREADS", "1")
    environment = {**os.environ, "PYTHONPATH": str(WORKER), "SMT_WORKER_PYTHON": sys.executable}
    with tempfile.TemporaryDirectory() as scratch:
        params = write_inputs(Path(scratch), options)
        job, loop, job_cpu, loop_cpu, costs, differences = [], [], [], [], [], []
        for number in range(options.rounds):
            write_spec(Path(scratch) / f"loop-{number}", params)
            command = [sys.executable, __file__, "--loop", str(Path(scratch) / f"loop-{number}")]
            bare = json.loads(printed(command, environment))
            bare_mib = bare["gpu_mib"]
            write_spec(Path(scratch) / f"job-{number}", params)
            steps, cpu, cost, job_mib = job_steps(Path(scratch) / f"job-{number}", environment)
            shutil.rmtree(Path(scratch) / f"job-{number}" / "out")
            loop_cpu.append(bare["cpu"])
            job_cpu.append(cpu)
            bare = bare["steps"]
            loop += [seconds for seconds, _ in bare[1 + SKIPPED_STEPS :]]
            job += [seconds for seconds, _ in steps[SKIPPED_STEPS:]]
            costs.append(cost)
            differences += [abs(a[1] - b[1]) / abs(b[1]) for a, b in zip(steps, bare[1:], strict=True)]
    bare_s, job_s = statistics.median(loop), statistics.median(job)
    bare_cpu, cpu = statistics.median(loop_cpu), statistics.median(job_cpu)
    micro = options.micro or options.batch
    gpus = ", ".join(gpu["name"] for gpu in gpu_inventory())
    where = gpus or f"{platform.machine()}, {os.cpu_count()} cores, {threads} threads"
    result = {
        "model": str(options.model or f"random weights of the shape {options.shape}"),
        "machine": f"{where}, load {os.getloadavg()[0]:.1f}",
        "rows": f"{options.steps} steps of {options.batch} × {options.sequence_length} tokens, {micro} at once, "
        f"{options.rounds} rounds",
        "bare_loop_ms_per_step": round(1000 * bare_s, 2),
        "job_ms_per_step": round(1000 * job_s, 2),
        "overhead_percent": round(100 * (job_s / bare_s - 1), 1),
        "bare_loop_cpu_ms_per_step": round(1000 * bare_cpu, 2),
        "job_cpu_ms_per_step": round(1000 * cpu, 2),
        "cpu_overhead_percent": round(100 * (cpu / bare_cpu - 1), 1),
        "events_percent": round(100 * statistics.median(costs) / cpu, 3),
        "largest_relative_difference_of_loss": max(differences),
    }
    if job_mib is not None:
        tokens = options.batch * options.sequence_length
        result |= {"bare_loop_gpu_mib": round(bare_mib), "job_gpu_mib": round(job_mib)}
        result |= {"job_tokens_per_second": round(tokens / job_s), "bare_loop_tokens_per_second": round(tokens / bare_s)}
    if options.json:
        print(json.dumps(result))
    else:
        print("\n".join(f"{name.replace('_', ' '):38} {value}" for name, value in result.items()))


if __name__ == "__main__":
    from smt_job.environment import make_environment

    own = make_environment("train")
    if Path(sys.executable) != own:
        os.execv(own, [str(own), *sys.argv])
    main()
