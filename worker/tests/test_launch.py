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


def test_a_disk_that_fills_up_meanwhile_is_named_whatever_words_say_so():
    from smt_job.environment import installation_problem

    for words in (
        "error: failed to copy `a` to `b`: No space left on device (os error 28)",
        "error: Failed to extract archive: torch.whl: File too large (os error 27)",
        "ERROR: Could not install packages due to an OSError: [Errno 122] Disk quota exceeded",
    ):
        problem = installation_problem(words)
        assert problem.code == "disk_full" and "another disk" in problem.hint


def test_what_pips_files_say_is_told_to_uv(tmp_path):
    """Also what stands in a file for all users: on a host there is no shell's profile that would name it."""
    said = tmp_path / "pip.conf"
    said.write_text("[global]\nindex-url = https://mirror.example/simple\ncert = /certificates/own.pem\n")
    code = "import json; from smt_job.environment import _installer_environment as e; print(json.dumps(e()))"
    names = ("PIP_", "UV_", "SSL_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(names)}
    environment |= {"PYTHONPATH": str(WORKER), "PIP_CONFIG_FILE": str(said)}
    if subprocess.run([BASE_PYTHON, "-m", "pip", "--version"], capture_output=True).returncode:
        pytest.skip("this Python has no pip")
    answer = subprocess.run([BASE_PYTHON, "-c", code], env=environment, capture_output=True, text=True, check=True)
    told = json.loads(answer.stdout)
    assert told["UV_DEFAULT_INDEX"] == "https://mirror.example/simple"
    assert told["SSL_CERT_FILE"] == "/certificates/own.pem"
    assert told["UV_SYSTEM_CERTS"] == "true"
    own = subprocess.run(
        [BASE_PYTHON, "-c", code],
        env={**environment, "UV_DEFAULT_INDEX": "https://other.example/simple", "SSL_CERT_FILE": "/mine.pem"},
        **{"capture_output": True, "text": True, "check": True},
    )
    told = json.loads(own.stdout)
    assert (told["UV_DEFAULT_INDEX"], told["SSL_CERT_FILE"]) == ("https://other.example/simple", "/mine.pem")


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
