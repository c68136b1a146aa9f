"""Protocol smt-events/1: what a reader may rely on, whatever happened to the writer."""

from __future__ import annotations

import json
import os
import resource
import sys
import time

import pytest

from smt_job.events import EventWriter, gpu_inventory, last_position, sendable


@pytest.fixture
def run_dir(tmp_path):
    (tmp_path / "spec.json").write_text("{}")
    return tmp_path


def lines(run_dir):
    return [json.loads(line) for line in (run_dir / "events.jsonl").read_bytes().split(b"\n")[:-1]]


def test_first_event_says_hello_and_a_second_attempt_counts_from_one_again(run_dir):
    first = EventWriter.start(run_dir, "train", {"python": "3"})
    first.end("failed", 1)
    (run_dir / "exit").write_text("1\n")
    second = EventWriter.start(run_dir, "train", {"python": "3"})
    second.end("succeeded", 0)
    events = lines(run_dir)
    assert [(e["attempt"], e["seq"], e["type"]) for e in events] == [
        (1, 1, "hello"),
        (1, 2, "done"),
        (2, 1, "hello"),
        (2, 2, "done"),
    ]
    assert events[2]["resumed_from"] == "attempt 1"
    assert not (run_dir / "exit").exists()


def test_a_stop_that_comes_before_the_first_event_is_heard(run_dir):
    (run_dir / "stop").touch()
    assert EventWriter.start(run_dir, "train", {}).stop_requested


def test_a_half_line_of_a_crash_is_closed_not_continued(run_dir):
    (run_dir / "events.jsonl").write_bytes(b'{"v":1,"seq":1,"attempt":1,"type":"hello"}\n{"v":1,"se')
    EventWriter.start(run_dir, "train", {}).end("succeeded", 0)
    raw = (run_dir / "events.jsonl").read_bytes().split(b"\n")
    assert raw[1] == b'{"v":1,"se'
    assert json.loads(raw[2])["type"] == "hello"


def test_the_process_that_takes_over_goes_on_after_the_last_line_even_if_the_status_is_older(run_dir):
    first = EventWriter.start(run_dir, "train", {})
    stale = (run_dir / "status.json").read_text()
    first.log("info", "one")
    first.log("info", "two")
    first.hand_over()
    (run_dir / "status.json").write_text(stale)
    second = EventWriter.go_on(run_dir)
    second.log("info", "three")
    second.end("succeeded", 0)
    assert [e["seq"] for e in lines(run_dir)] == [1, 2, 3, 4, 5]
    assert last_position(run_dir / "events.jsonl") == (1, 5)


def test_numbers_that_json_does_not_know_are_words(run_dir):
    writer = EventWriter.start(run_dir, "train", {})
    writer.metric(1, {"loss": float("nan"), "grad_norm": float("inf"), "low": float("-inf"), "learning_rate": 0.5})
    writer.end("succeeded", 0)
    (metric,) = [e for e in lines(run_dir) if e["type"] == "metric"]
    assert metric["values"] == {"loss": "NaN", "grad_norm": "Infinity", "low": "-Infinity", "learning_rate": 0.5}
    assert json.loads((run_dir / "status.json").read_text())["metrics"] == {"learning_rate": 0.5}
    assert sendable([float("nan")]) == ["NaN"]


def test_a_line_is_at_most_eight_kibibytes_and_half_a_character_breaks_nothing(run_dir):
    writer = EventWriter.start(run_dir, "train", {})
    writer.log("info", "ü" * 20_000)
    writer.log("info", "\ud800 lone surrogate")
    writer.end("succeeded", 0)
    raw = (run_dir / "events.jsonl").read_bytes().split(b"\n")[:-1]
    assert max(map(len, raw)) < 8192
    assert len(lines(run_dir)) == 4


def test_progress_is_at_most_one_event_a_second_and_knows_the_time_left(run_dir):
    writer = EventWriter.start(run_dir, "train", {})
    for done in range(0, 1000):
        writer.progress("train", done, 2000, "token", rate=100.0)
    writer.end("succeeded", 0)
    progress = [e for e in lines(run_dir) if e["type"] == "progress"]
    assert len(progress) == 1
    assert progress[0]["progressPercentage"] == 0 and progress[0]["estimatedRemainingSeconds"] == 20
    status = json.loads((run_dir / "status.json").read_text())
    assert status["progress"] == {"done": 999, "total": 2000, "unit": "token", "eta_s": 10.01, "rate": 100.0}


def test_status_follows_within_a_second_without_a_call(run_dir):
    writer = EventWriter.start(run_dir, "train", {})
    writer.phase("train")
    until = time.monotonic() + 3
    while time.monotonic() < until and json.loads((run_dir / "status.json").read_text())["phase"] != "train":
        time.sleep(0.05)
    assert json.loads((run_dir / "status.json").read_text())["state"] == "running"
    writer.end("succeeded", 0)


def test_the_reason_still_fits_on_a_full_disk(run_dir):
    """The file may grow no further until the room kept for this moment is given back."""
    child = os.fork()
    if child == 0:
        writer = EventWriter.start(run_dir, "train", {})
        size = os.path.getsize(run_dir / "events.jsonl")
        real = os.write

        def full(fd, data):
            if fd == writer._fd and (run_dir / ".ballast").exists():
                resource.setrlimit(resource.RLIMIT_FSIZE, (size + 10, resource.RLIM_INFINITY))
                try:
                    return real(fd, data)
                finally:
                    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            return real(fd, data)

        os.write = full
        writer.error("disk_full", "The disk is full", "Free some space", True)
        os.write = real
        writer.end("failed", 1)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    raw = (run_dir / "events.jsonl").read_bytes().split(b"\n")[:-1]
    events = []
    for line in raw:
        try:
            events.append(json.loads(line))
        except ValueError:
            assert len(line) <= 10  # the half line before the room was given back
    assert [(e["seq"], e["type"]) for e in events] == [(1, "hello"), (2, "error"), (3, "done")]


def test_events_and_status_keep_the_schema_that_zod_gives(run_dir):
    from pathlib import Path

    from smt_job.spec import check

    schemas = Path(__file__).parents[2] / "media" / "schemas"
    writer = EventWriter.start(run_dir, "train", {"python": "3"}, "Title")
    writer.phase("train")
    writer.progress("train", 1, None, "token")
    writer.metric(1, {"loss": float("nan")})
    writer.checkpoint(1, "out/model", 5, final=True)
    writer.artifact("endpoint", "http://127.0.0.1:1/v1", "0", 0)
    writer.log("warn", "x")
    writer.error("failed", "m", "h", True)
    writer.end("failed", 1, "m")
    event_schema = json.loads((schemas / "job-event.schema.json").read_text())
    for event in lines(run_dir):
        branch = next(o for o in event_schema["oneOf"] if o["properties"]["type"]["const"] == event["type"])
        assert check(event, branch, "") is None
        assert set(event) <= set(branch["properties"])
    status = json.loads((run_dir / "status.json").read_text())
    schema = json.loads((schemas / "job-status.schema.json").read_text())
    assert check(status, schema, "") is None
    assert set(status) <= set(schema["properties"])
    ours = Path(__file__).parents[1] / "smt_job" / "schemas" / "job-spec.schema.json"
    assert json.loads(ours.read_text()) == json.loads((schemas / "job-spec.schema.json").read_text())


@pytest.mark.parametrize(
    ("visible", "expected"),
    [(None, ["A", "B", "C"]), ("2,0", ["C", "A"]), ("", []), ("-1", [])],
)
def test_only_gpus_that_this_process_may_use_count(tmp_path, monkeypatch, visible, expected):
    """The driver's tool is the test's own: it answers `-i` in the order asked, and memory that it cannot tell as [N/A]."""
    tool = tmp_path / "nvidia-smi"
    tool.write_text(
        f"#!{sys.executable}\n"
        "import sys\n"
        'rows = ["A, 81559", "B, [N/A]", "C, 81559"]\n'
        'asked = sys.argv[sys.argv.index("-i") + 1].split(",") if "-i" in sys.argv else range(3)\n'
        "print(*[rows[int(index)] for index in asked], sep='\\n')\n"
    )
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    if visible is None:
        monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    else:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    found = gpu_inventory()
    assert [gpu["name"] for gpu in found] == expected
    assert all(gpu["mem_mib"] == (0 if gpu["name"] == "B" else 81559) for gpu in found)
