"""What the tables and sentences of all analyses share."""

import datetime as dt
from collections.abc import Sequence

from xlalm.domain.result import AS_AT_THE_RUN, ResultTable, result_table
from xlalm.model.model import Model
from xlalm.reporting.words.wording import label


def not_as_in_book(model: Model, numbers: Sequence[int]) -> list[str]:
    """Return a sentence for each moved limit that a solve of the book treats otherwise."""
    said = []
    for limit in (model.limits[k] for k in numbers):
        if not limit.active:
            said.append(f"{label(limit.name)} is not active in the book; here it is enforced.")
        elif not limit.hard:
            said.append(f"{label(limit.name)} is soft in the book; here it is enforced as a hard limit.")
    return said


def run_table(name: str, analysis: str, status: str, text: str) -> ResultTable:
    """Return the line that stands above an analysis: what was varied, what it says, and when."""
    record = {"analysis": analysis, "status": status, "says": text, "inputs": AS_AT_THE_RUN}
    return result_table(name, [record | {"run_at": dt.datetime.now().astimezone().strftime("%Y-%m-%d %H:%M")}])
