"""Paired timings: two things measured in turn, so that a busy machine slows both."""

import gc
import statistics
import time
from collections.abc import Callable

import attrs


@attrs.frozen
class Ratio:
    """A measured ratio. ``alternative`` and ``ours`` are medians in seconds; ``goal`` is the promise in words."""

    name: str
    ours: float
    alternative: float
    against: str
    goal: str

    @property
    def line(self) -> str:
        """Return one row of the README's table."""
        faster = self.alternative / self.ours
        figure = f"{faster:.1f} × faster" if faster >= 1 else f"{1 / faster:.2f} × the time"
        other = f"{self.against}: {seconds(self.alternative)}"
        return f"| {self.name} | {seconds(self.ours)} | {other} | {figure} | {self.goal} |"


def seconds(value: float) -> str:
    """Return a time as people read it."""
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.2f} s"


def paired(ours: Callable[[], object], alternative: Callable[[], object], runs: int) -> tuple[float, float]:
    """Return the median seconds of both, run in turn."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(runs):
        for function, taken in zip((ours, alternative), times, strict=True):
            gc.collect()
            started = time.perf_counter()
            function()
            taken.append(time.perf_counter() - started)
    return statistics.median(times[0]), statistics.median(times[1])
