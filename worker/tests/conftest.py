"""A tiny student and data sets in the contract's format, and runs of the real launcher in processes of their own.

Runs are forked from this process where they can be: torch and TRL are imported once (15–40 s), and a forked job is as
real a process as any: it can be stopped, killed and limited.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ["SMT_WORKER_PYTHON"] = sys.executable
os.environ["HF_HUB_OFFLINE"] = "1"

WORKER = Path(__file__).parent.parent
sys.path.insert(0, str(WORKER))

from tqdm import tqdm  # noqa: E402

# Its own lock is shared with every process that is forked: one killed while it draws would leave all others waiting.
tqdm.set_lock(threading.RLock())

import pyarrow as pa  # noqa: E402
import pyarrow.parquet as parquet  # noqa: E402
import pytest  # noqa: E402
import torch  # noqa: E402
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers  # noqa: E402
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast  # noqa: E402

torch.set_num_threads(1)

CHATML = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
WORDS = (
    "the gate of house is red blue green painted in spring by old Maria and her brother Tom who keep a garden".split()
)
SCHEMA = pa.schema(
    [("input_ids", pa.list_(pa.int32())), ("labels", pa.list_(pa.int32()))]
    + [(name, pa.string()) for name in ("source", "kind", "method", "document")]
)


def sentences(count: int, seed: int) -> list[str]:
    rng = random.Random(seed)
    return [" ".join(rng.choices(WORDS, k=rng.randint(4, 40))) + "." for _ in range(count)]


@pytest.fixture(scope="session")
def student(tmp_path_factory) -> Path:
    """A random Llama of two layers with a BPE vocabulary learned from our sentences."""
    folder = tmp_path_factory.mktemp("student")
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(sentences(200, 0), trainer)
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token="<|im_end|>", pad_token="<|im_end|>", chat_template=CHATML
    )
    fast.save_pretrained(folder)
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(fast),
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=512,
        eos_token_id=fast.eos_token_id,
        pad_token_id=fast.pad_token_id,
        bos_token_id=None,
        tie_word_embeddings=True,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder


@dataclass
class DataSet:
    folder: Path
    manifest: dict
    rows: dict[str, list[dict]]


def write_dataset(folder: Path, tokenizer, train: int, held_out: int, seed: int = 1) -> DataSet:
    """Rows as the mixture writes them: documents learned whole, of every other QA only the answer."""
    (folder / "data").mkdir(parents=True)
    rows: dict[str, list[dict]] = {}
    files = []
    for split, count in (("train", train), ("held_out", held_out)):
        rows[split] = []
        for index, text in enumerate(sentences(count, seed + len(rows))):
            question = tokenizer(text[: len(text) // 2])["input_ids"]
            answer = tokenizer(text[len(text) // 2 :])["input_ids"] + [tokenizer.eos_token_id]
            masked = index % 2 == 0
            rows[split].append(
                {
                    "input_ids": question + answer,
                    "labels": ([-100] * len(question) if masked else question) + answer,
                    "source": f"{split}-{index}",
                    "kind": "qa" if masked else "document",
                    "method": "test",
                    "document": f"d{index % 3}",
                }
            )
        path = folder / "data" / f"{split}-00000.parquet"
        parquet.write_table(pa.Table.from_pylist(rows[split], schema=SCHEMA), path)
        files.append(
            {
                "path": f"data/{path.name}",
                "split": split,
                "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
                "bytes": path.stat().st_size,
                "rows": count,
                "tokens": sum(len(row["input_ids"]) for row in rows[split]),
            }
        )
    share = {f["split"]: {"tokens": f["tokens"], "rows": f["rows"]} for f in files}
    manifest = {"v": 1, "name": "toy", "hash": "h1", "train": share["train"], "held_out": share["held_out"]}
    manifest |= {"files": files, "toy": True}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return DataSet(folder, manifest, rows)


@pytest.fixture(scope="session")
def tokenizer(student):
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(student)


@pytest.fixture(scope="session")
def dataset(tmp_path_factory, tokenizer) -> DataSet:
    return write_dataset(tmp_path_factory.mktemp("dataset") / "toy", tokenizer, train=90, held_out=7)


SETTINGS = {
    "epochs": 2,
    "learning_rate": 3e-3,
    "sequence_length": 32,
    "batch_sequences": 4,
    "micro_batch_sequences": 2,
    "save_every_steps": 5,
}


def speak_into(file: Path) -> None:
    """In a forked child: standard output and error go to a file, as a backend arranges it."""
    log = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    sys.stdout = sys.stderr = os.fdopen(log, "w", buffering=1)


def forked(log: Path, work: Callable[[], int]) -> int:
    """Process id of a child that does `work`, its words in a file; it ends with what that gives or exits with."""
    child = os.fork()
    if child:
        return child
    code = 70
    try:
        speak_into(log)
        code = work()
    except SystemExit as end:
        code = end.code
    finally:
        os._exit(code)


def until_checkpoint(run: Run, job: subprocess.Popen, seconds: float = 200) -> None:
    """Until a checkpoint of the job is told, or it has ended."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and job.poll() is None and not run.of("checkpoint"):
        time.sleep(0.01)


class Run:
    """A run directory and the job in it."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.process: int | None = None

    def launch(self, before: Callable[[], None] = lambda: None) -> Run:
        """Forks a process that runs the launcher; the work takes it over as it does after `exec`."""
        (self.folder / "stop").unlink(missing_ok=True)
        self.process = os.fork()
        if self.process:
            return self
        code = 70
        try:
            os.setsid()
            speak_into(self.folder / "stdout.log")
            from smt_job import launch, training

            launch._hand_over = lambda _spec, run_dir, _python: training.main(run_dir)
            before()
            code = launch.run(self.folder)
        finally:
            os._exit(code)

    def wait(self, seconds: float = 120) -> int:
        """Exit code; negative signal number where one ended it."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            done, status = os.waitpid(self.process, os.WNOHANG)
            if done:
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.02)
        os.kill(self.process, signal.SIGKILL)
        os.waitpid(self.process, 0)
        raise AssertionError(f"the job did not end within {seconds} s:\n{self.log()[-3000:]}")

    def wait_for(self, seen: Callable[[list[dict]], bool], seconds: float = 120) -> None:
        """Until the events show it; fails when the job ends before."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if seen(self.events()):
                return
            if os.waitpid(self.process, os.WNOHANG)[0]:
                raise AssertionError(f"the job ended before:\n{self.log()[-3000:]}")
            time.sleep(0.01)
        raise AssertionError(f"not seen within {seconds} s:\n{self.log()[-3000:]}")

    def kill(self) -> None:
        os.kill(self.process, signal.SIGKILL)
        os.waitpid(self.process, 0)

    def log(self) -> str:
        file = self.folder / "stdout.log"
        return file.read_text(errors="replace") if file.exists() else ""

    def events(self) -> list[dict]:
        """Complete lines that parse, as a reader does it."""
        file = self.folder / "events.jsonl"
        events = []
        for line in file.read_bytes().split(b"\n")[:-1] if file.exists() else []:
            try:
                events.append(json.loads(line))
            except ValueError:
                continue
        return events

    def of(self, kind: str, attempt: int | None = None) -> list[dict]:
        return [e for e in self.events() if e["type"] == kind and attempt in (None, e["attempt"])]

    def status(self) -> dict:
        return json.loads((self.folder / "status.json").read_text())

    def losses(self) -> dict[int, float]:
        """The loss of each step; of one trained twice after a kill, the last."""
        return {e["step"]: e["values"]["loss"] for e in self.of("metric") if "loss" in e["values"]}

    def manifest(self) -> dict:
        return json.loads((self.folder / "out" / "model" / "manifest.json").read_text())


@pytest.fixture
def make_run(tmp_path, student, dataset):
    def make(name: str = "run-1", processes: int = 1, data: DataSet = dataset, **settings) -> Run:
        folder = tmp_path / name
        folder.mkdir(mode=0o700)
        spec = {
            "schema": "smt-spec/1",
            "run": name,
            "kind": "train",
            "title": "Train on toy",
            "project": "/project",
            "created": 1.0,
            "resume": "auto",
            "params": {
                "dataset": "toy",
                "dataset_path": str(data.folder),
                "dataset_hash": "h1",
                "model": "tiny",
                "model_path": str(student),
                "revision": None,
                "settings": {**SETTINGS, **settings},
                "rows": data.manifest["train"]["rows"],
                "tokens": data.manifest["train"]["tokens"],
                "processes": processes,
            },
        }
        (folder / "spec.json").write_text(json.dumps(spec))
        return Run(folder)

    return make


@pytest.fixture(scope="session", autouse=True)
def libraries():
    """Imported once, before anything forks."""
    import smt_job.training_run  # noqa: F401


def smt_job(*arguments: str, timeout: float = 240, **options) -> subprocess.CompletedProcess:
    """`python3 -m smt_job …` as a person or a backend starts it."""
    environment = {**os.environ, "PYTHONPATH": str(WORKER), "PYTHONDONTWRITEBYTECODE": "1", **options.pop("env", {})}
    command = [sys.executable, "-m", "smt_job", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=timeout, env=environment, **options)


def trained_tokens(run: Run) -> int:
    return max(e["values"]["num_tokens"] for e in run.of("metric"))


def trained(run: Run, env: dict | None = None) -> Run:
    """The run after its job came to its end, as a person starts it."""
    ended = smt_job("run", str(run.folder), env=env or {})
    assert ended.returncode == 0, ended.stdout[-2000:] + ended.stderr[-2000:]
    return run
