"""What both engines of `batch` share: the stop, the progress that is told, and which requests are still open."""

from __future__ import annotations

import time
from collections.abc import Callable

from .batch_file import BatchOutput
from .launch import listen
from .marked import say
from .openai_shapes import Refused, Request

# A parent that asked for the end waits ten seconds before it kills.
FINISH_WITHIN_S = 6.0
SAY_EVERY_S = 1.0


class Stop:
    """TERM: the group that is being answered may end, within a few seconds; then 130."""

    def __init__(self) -> None:
        self.asked_at: float | None = None
        listen(self._ask)

    def _ask(self, *_: object) -> None:
        self.asked_at = self.asked_at or time.monotonic()

    @property
    def asked(self) -> bool:
        return self.asked_at is not None

    def overdue(self) -> bool:
        return self.asked_at is not None and time.monotonic() - self.asked_at > FINISH_WITHIN_S


class Tally:
    """Progress as marked lines: answered, and the pace of this run."""

    def __init__(self, done: int, total: int):
        self.done, self.total, self.tokens, self._last = done, total, 0, 0.0
        self.begin()

    def begin(self) -> None:
        """From here on the pace is measured: loading the model is not answering."""
        self._began, self._before = time.monotonic(), self.done

    def add(self, tokens: int) -> None:
        self.done += 1
        self.tokens += tokens
        if time.monotonic() - self._last >= SAY_EVERY_S:
            self.tell()

    def tell(self) -> None:
        self._last = time.monotonic()
        seconds = max(1e-9, self._last - self._began)
        pace = (self.done - self._before) / seconds
        left = round((self.total - self.done) / pace) if pace else None
        say(
            **{"type": "progress", "phase": "generate", "done": self.done, "total": self.total, "unit": "request"},
            **{"rate": pace, "tokens_per_second": self.tokens / seconds, "estimatedRemainingSeconds": left},
        )


def read_pending(
    lines: list[dict], output: BatchOutput, tally: Tally, read: Callable[[dict], Request]
) -> list[Request]:
    """Requests still to be answered; those that can't be get their error line at once."""
    pending = []
    for line in lines:
        if line["custom_id"] in output.answered:
            continue
        try:
            pending.append(read(line))
        except Refused as refusal:
            output.append(line["custom_id"], None, {"code": refusal.code, "message": str(refusal)})
            tally.add(0)
    return pending
