"""What the training loop tells: metrics, progress, checkpoints; and when it stops."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

import torch
from transformers import TrainerCallback

from .checkpoints import drop_old, mark_complete
from .events import EventWriter
from .trainer import TokenExactTrainer

WINDOW_S = 60.0
METRICS = ("loss", "grad_norm", "learning_rate")


class StopFlag:
    """The `stop` file (rank 0 looks) or TERM (any rank); all ranks agree on the step, or they would wait for each other."""

    def __init__(self, events: EventWriter | None, processes: int, termed: Callable[[], bool]):
        self._events, self._processes, self._termed = events, processes, termed
        self._asked = False

    def here(self) -> bool:
        """Asked as far as this process knows."""
        self._asked = self._asked or self._termed()
        if not self._asked and self._events:
            self._asked = self._events.stop_requested  # one look at a file: microseconds, every step
        return self._asked

    def agreed(self, device: torch.device) -> bool:
        """A collective call."""
        mine = self.here()
        if self._processes == 1:
            return mine
        flag = torch.tensor([int(mine)], device=device)
        torch.distributed.all_reduce(flag, torch.distributed.ReduceOp.MAX)
        self._asked = bool(flag.item())
        return self._asked


class Pace:
    """Tokens a second over the last minute."""

    def __init__(self) -> None:
        self._marks: deque[tuple[float, int]] = deque()

    def at(self, tokens: int) -> float | None:
        now = time.monotonic()
        self._marks.append((now, tokens))
        while len(self._marks) > 2 and now - self._marks[0][0] > WINDOW_S:
            self._marks.popleft()
        (before, first), (last, newest) = self._marks[0], self._marks[-1]
        return (newest - first) / (last - before) if last > before else None


class Reporter(TrainerCallback):
    """`events` is None on every rank but the first."""

    def __init__(
        self,
        events: EventWriter | None,
        stop: StopFlag,
        run_dir: Path,
        settings: dict,
        held_out: Callable[[TokenExactTrainer], float | None],
    ):
        self._events, self._stop, self._run_dir, self._settings = events, stop, run_dir, settings
        self._held_out = held_out
        self._pace = Pace()
        self._log_mark: tuple[float, int] | None = None
        self.trainer: TokenExactTrainer | None = None
        self.stopped = False

    @property
    def _save_every(self) -> int:
        return self._settings.get("save_every_steps") or max(1, -(-self.trainer.schedule.steps // 10))

    def on_train_begin(self, args, state, control, model=None, **_):
        bad = [name for name, p in model.named_parameters() if p.requires_grad and p.dtype != torch.float32]
        if bad:
            raise AssertionError(f"master weights are not fp32: {bad[0]} and {len(bad) - 1} more")
        tokens = self.trainer.tokens_seen()
        self._pace.at(tokens)
        if state.global_step == 0:
            self.evaluate(0)
        self._log_mark = (time.monotonic(), tokens)
        self._began = (state.global_step, time.process_time())
        if self._events:
            self._events.phase("train")

    def on_train_end(self, args, state, control, **_):
        """What a step took of the processor, and what of it the events: the bench reads this line."""
        steps = max(1, state.global_step - self._began[0])
        if self._events:
            cpu = 1000 * (time.process_time() - self._began[1]) / steps
            events = 1000 * self._events.cost_s / steps
            said = f"A step took {cpu:.2f} ms of CPU, its events {events:.3f} ms"
            if torch.cuda.is_available():
                said += f"; at most {torch.cuda.max_memory_allocated() / 2**20:.0f} MiB of GPU memory were allocated"
            self._events.log("info", said)

    def on_step_end(self, args, state, control, **_):
        steps = self.trainer.schedule.steps
        self.stopped = self._stop.agreed(self.trainer.accelerator.device)
        if self.stopped:
            control.should_training_stop = True
        if state.global_step < steps and (self.stopped or state.global_step % self._save_every == 0):
            control.should_save = True
        return control

    def on_log(self, args, state, control, logs=None, **_):
        if not logs or "loss" not in logs:
            return
        tokens, now = self.trainer.tokens_seen(), time.monotonic()
        before, tokens_before = self._log_mark
        self._log_mark = (now, tokens)
        if not self._events:
            return
        values = {key: float(logs[key]) for key in METRICS if key in logs}
        values |= {"num_tokens": tokens, "train_tokens_per_second": (tokens - tokens_before) / max(1e-9, now - before)}
        self._events.metric(state.global_step, values)
        self._events.progress("train", tokens, self.trainer.schedule.tokens, "token", self._pace.at(tokens))

    def on_save(self, args, state, control, **_):
        tokens = self.trainer.tokens_seen()
        self.trainer.accelerator.wait_for_everyone()
        folder = Path(args.output_dir)
        checkpoint = folder / f"checkpoint-{state.global_step}"
        if self._events:
            size = mark_complete(checkpoint, tokens)
            drop_old(folder, self._settings["keep_checkpoints"])
            self._events.checkpoint(state.global_step, checkpoint.relative_to(self._run_dir).as_posix(), size)
        self.trainer.accelerator.wait_for_everyone()
        # Asked for while it was saving: what was saved is enough, no further step.
        if not self.stopped and self._stop.agreed(self.trainer.accelerator.device):
            self.stopped = True
            control.should_training_stop = True
        if not self.stopped:
            self.evaluate(state.global_step)
        # Time spent saving is not training's pace.
        self._log_mark = (time.monotonic(), tokens)
        return control

    def evaluate(self, step: int) -> float | None:
        if self._events:
            self._events.note("Loss on the held-out samples")
        loss = self._held_out(self.trainer)
        tokens = self.trainer.tokens_seen()
        if self._events:
            self._events.note(None)
            if loss is not None:
                self._events.metric(step, {"eval_loss": loss, "num_tokens": tokens})
        return loss
