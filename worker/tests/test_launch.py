"""The launcher with the standard library alone: a broken machine still reports itself."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import WORKER, smt_job

from smt_job.requirements import EXTRAS, FOLDER, lock_key, lock_text

# The interpreter our environment was made from: it has no torch.
BASE_PYTHON = str(Path(sys._base_executable))


def test_an_environment_without_torch_is_an_error_event_and_the_same_process(make_run):
    run = make_run()
    environment = {**os.environ, "PYTHONPATH": str(WORKER), "SMT_WORKER_PYTHON": BASE_PYTHON}
    started = subprocess.Popen([BASE_PYTHON, "-m", "smt_job", "run", str(run.folder)], env=environment)
    assert started.wait(60) == 1
    assert run.of("hello")[0]["pid"] == started.pid == run.status()["pid"]
    assert run.of("error")[-1]["code"] == "environment"
    assert [e["seq"] for e in run.events()] == list(range(1, len(run.events()) + 1))
    assert run.of("done")[-1] == {**run.of("done")[-1], "status": "failed", "exit_code": 1}


def test_a_python_that_is_not_there_is_an_error_event(make_run):
    run = make_run()
    assert smt_job("run", str(run.folder), env={"SMT_WORKER_PYTHON": "/nowhere/python"}).returncode == 1
    assert "can't be started" in run.of("error")[-1]["message"]
    assert run.of("done")


def test_a_spec_of_another_kind_or_none_at_all_is_bad_input(make_run):
    run = make_run()
    (run.folder / "spec.json").write_text("{")
    assert smt_job("run", str(run.folder)).returncode == 2
    assert "not JSON" in run.of("error")[-1]["message"]
    (run.folder / "spec.json").write_text(json.dumps({"kind": "generate"}))
    assert smt_job("run", str(run.folder)).returncode == 2
    assert "train and serve" in run.of("error")[-1]["message"]


def test_pid_and_exit_are_left_to_the_wrapper_where_there_is_one(make_run):
    run = make_run()
    (run.folder / "spec.json").write_text("{}")
    wrapper = f'echo "$$ -" >{run.folder}/pid; {sys.executable} -m smt_job run {run.folder}; exit 0'
    environment = {**os.environ, "PYTHONPATH": str(WORKER)}
    subprocess.run(["sh", "-c", wrapper], env=environment, check=True, start_new_session=True)
    assert not (run.folder / "exit").exists()
    (run.folder / "pid").unlink()
    smt_job("run", str(run.folder))
    assert (run.folder / "exit").read_text() == "2\n"


def test_an_index_out_of_reach_says_so(make_run, tmp_path):
    from smt_job.files import root_folder

    own = root_folder() / "uv"
    if not shutil.which("uv") and not own.exists():
        pytest.skip("uv is neither on the PATH nor in the cache")
    root = tmp_path / "root"
    root.mkdir()
    if own.exists():
        (root / "uv").symlink_to(own)
    run = make_run()
    nowhere = {"SMT_ROOT": str(root), "UV_DEFAULT_INDEX": "http://127.0.0.1:9/simple", "SMT_WORKER_PYTHON": ""}
    nowhere |= {"UV_HTTP_RETRIES": "0", "UV_CACHE_DIR": str(root / "downloads")}
    assert smt_job("run", str(run.folder), env=nowhere).returncode == 1
    assert run.of("error")[-1]["code"] == "no_network"
    assert any(e["phase"] == "setup" and e["unit"] == "byte" for e in run.of("progress"))


def test_probe_is_one_json_object():
    probe = json.loads(smt_job("probe").stdout)
    assert probe["python"]["version"].startswith("3.")
    assert probe["disk"]["free"] > 0 and probe["memory"]["total"] > 0
    assert set(probe["environments"]) == {"train", "generate"}


@pytest.mark.parametrize("extra", sorted(EXTRAS))
def test_every_requirement_is_pinned_and_hashed(extra):
    text = lock_text(extra, gpu=True)
    heads = [line for line in text.splitlines() if not line.startswith(" ")]
    assert len(heads) > 20 and all("==" in head and head.endswith("\\") for head in heads)
    assert all(line.startswith("    --hash=sha256:") for line in text.splitlines() if line not in heads)
    assert "://" not in (FOLDER / f"{extra}.txt").read_text()


def test_without_a_gpu_the_same_versions_are_installed_less_cuda_packages():
    small, full = lock_text("train", gpu=False), lock_text("train", gpu=True)
    assert set(small.splitlines()) < set(full.splitlines())
    assert "triton==" in full and "triton==" not in small and "torch==" in small
    assert lock_key("train", True) != lock_key("train", False)
