"""The worker's step over task files, in a process of its own, and a stand-in of lm-evaluation-harness for it."""

from __future__ import annotations

import json
import os
import sys
import types
from collections.abc import Callable
from pathlib import Path

from conftest import forked

QUESTIONS = 8


def install_stand_in(behave: Callable[[str], dict], writes: bool = True) -> None:
    """`lm_eval` as far as the worker calls it. Tasks are the YAML files; `behave` gives a task's figures, or fails."""

    class TaskManager:
        def __init__(self, include_path: str):
            self.all_tasks = sorted(file.stem for file in Path(include_path).glob("*.yaml"))

    class EvaluationTracker:
        def __init__(self, output_path: str):
            self.folder = Path(output_path).parent

        def save_results_aggregated(self, results: dict, samples: dict) -> None:
            if writes:
                self.folder.mkdir(parents=True)
                (self.folder / "results_1.json").write_text(json.dumps(results))

        def save_results_samples(self, task_name: str, samples: list) -> None:
            if writes:
                (self.folder / f"samples_{task_name}_1.jsonl").write_text("".join(map(json.dumps, samples)))

    def simple_evaluate(model, tasks: list[str], limit: int | None, **_: object) -> dict:
        [task] = tasks
        figures = behave(task)
        with model.module.tqdm(total=limit or QUESTIONS) as bar:
            bar.update(limit or QUESTIONS)
        about = {"limit": limit, "folder": os.getcwd(), "pid": os.getpid()}
        return {"results": {task: figures}, "about": about, "samples": {task: [{"doc_id": 0}]}}

    from tqdm import tqdm

    huggingface = types.ModuleType("lm_eval.models.huggingface")
    huggingface.tqdm = tqdm
    huggingface.HFLM = lambda **_: types.SimpleNamespace(module=huggingface)
    parts = {
        "lm_eval": {},
        "lm_eval.models": {"huggingface": huggingface},
        "lm_eval.tasks": {"TaskManager": TaskManager},
        "lm_eval.evaluator": {"simple_evaluate": simple_evaluate},
        "lm_eval.loggers": {"EvaluationTracker": EvaluationTracker},
    }
    for name, content in parts.items():
        module = types.ModuleType(name)
        vars(module).update(content)
        sys.modules[name] = module


def exit_of(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


class Harness:
    """A folder with task files, and the worker's step over it in a forked process."""

    def __init__(self, folder: Path, student: Path):
        self.folder, self.output, self.student = folder / "project", folder / "out", student
        self.log = folder / "log"
        (self.folder / "tasks").mkdir(parents=True)

    def arguments(self, tasks: tuple[str, ...], *options: str) -> list[str]:
        named = [part for task in tasks for part in ("--task", task)]
        where = ["--output", str(self.output), "--folder", str(self.folder), "--include", str(self.folder / "tasks")]
        return ["--model", str(self.student), *where, *named, *options]

    def start(self, arguments: list[str], prepare: Callable[[], None]) -> int:
        self.log.unlink(missing_ok=True)

        def step() -> int:
            prepare()
            from smt_job.harness import main

            return main(arguments)

        return forked(self.log, step)

    def run(self, *tasks: str, options: tuple[str, ...] = (), behave=lambda _: {"acc,none": 0.5}, writes=True) -> int:
        for task in tasks:
            if "/" not in task:
                (self.folder / "tasks" / f"{task}.yaml").touch()
        child = self.start(self.arguments(tasks, *options), lambda: install_stand_in(behave, writes))
        return exit_of(child)

    def words(self) -> str:
        return self.log.read_text()

    def said(self, kind: str) -> list[dict]:
        lines = [json.loads(line[5:]) for line in self.words().splitlines() if line.startswith("@smt ")]
        return [line for line in lines if line["type"] == kind]

    def problem(self) -> dict:
        [only] = self.said("error")
        return only

    def results(self, task: str) -> dict:
        [file] = (self.output / task).glob("results_*.json")
        return json.loads(file.read_text())

    def tree(self) -> dict[str, bytes]:
        files = (file for file in self.output.rglob("*") if file.is_file())
        return {str(file.relative_to(self.output)): file.read_bytes() for file in files}
