"""What ``import xlalm`` offers; made by ``python -m tests.app.python_stub``."""

from collections.abc import Sequence
from pathlib import Path

from xlalm.api import Frames
from xlalm.app.run.arguments import Number
from xlalm.app.run.book import Source
from xlalm.domain.watch import Progress, Stop

__version__: str
__all__: list[str]

def check(
    book: Source,
    *,
    progress: Progress = ...,
    stop: Stop = ...,
) -> Frames: ...
def solve(
    book: Source,
    *,
    out: str | Path | None = ...,
    changes: Sequence[str] = ...,
    progress: Progress = ...,
    stop: Stop = ...,
) -> Frames: ...
def conflicts(
    book: Source,
    *,
    progress: Progress = ...,
    stop: Stop = ...,
) -> Frames: ...
def explain(
    book: Source,
    *,
    progress: Progress = ...,
    stop: Stop = ...,
) -> Frames: ...
def fuzzy(
    book: Source,
    *,
    method: str = ...,
    out: str | Path | None = ...,
    progress: Progress = ...,
    stop: Stop = ...,
) -> Frames: ...
def var(
    book: Source,
    *,
    confidence: Number = ...,
    days: Number = ...,
    method: str | None = ...,
    out: str | Path | None = ...,
    progress: Progress = ...,
    stop: Stop = ...,
) -> Frames: ...
def frontier(
    book: Source,
    *,
    limit: str = ...,
    low: Number = ...,
    high: Number = ...,
    out: str | Path | None = ...,
    progress: Progress = ...,
    stop: Stop = ...,
) -> Frames: ...
def surface(
    book: Source,
    *,
    limits: Sequence[str] = ...,
    low: Sequence[Number] = ...,
    high: Sequence[Number] = ...,
    points: int = ...,
    scale_bounds: bool = ...,
    out: str | Path | None = ...,
    progress: Progress = ...,
    stop: Stop = ...,
) -> Frames: ...
def sweep(
    book: Source,
    *,
    cell: str,
    low: Number = ...,
    high: Number = ...,
    points: int = ...,
    metrics: Sequence[str] = ...,
    out: str | Path | None = ...,
    progress: Progress = ...,
    stop: Stop = ...,
) -> Frames: ...
def weights(
    book: Source,
    *,
    points: int = ...,
    methods: Sequence[str] = ...,
    out: str | Path | None = ...,
    progress: Progress = ...,
    stop: Stop = ...,
) -> Frames: ...
def report(
    style: str,
    book: Source,
    *,
    out: str | Path | None = ...,
    progress: Progress = ...,
    stop: Stop = ...,
) -> Frames: ...
def template(
    out: str | Path,
    *,
    progress: Progress = ...,
    stop: Stop = ...,
) -> Frames: ...
def rerun(
    manifest: str | Path,
    *,
    progress: Progress = ...,
    stop: Stop = ...,
) -> Frames: ...
def upgrade(
    book: str | Path,
    *,
    out: str | Path | None = ...,
    progress: Progress = ...,
    stop: Stop = ...,
) -> Frames: ...
def restore(
    book: Source,
    *,
    manifest: str | Path | None = ...,
    out: str | Path | None = ...,
    progress: Progress = ...,
    stop: Stop = ...,
) -> Frames: ...
def guide(
    out: str | Path,
    *,
    progress: Progress = ...,
    stop: Stop = ...,
) -> Frames: ...
def doctor(
    *,
    progress: Progress = ...,
    stop: Stop = ...,
) -> Frames: ...
def about(
    *,
    progress: Progress = ...,
    stop: Stop = ...,
) -> Frames: ...
