"""A global systemically important bank of our own invention, whose surcharge grows with its balance sheet.

Every figure of ``gsib/*.csv`` is ours; regulatory percentages name their paragraph.
"""

import csv
from pathlib import Path

from workbooks.source.books.papers import Paper
from xlalm.schema.tables import Column

_FOLDER = Path(__file__).resolve().parent / "gsib"
_COLUMNS = (
    *("position", "side", "balance", "min", "max", "rate", "fee_rate", "expected_loss", "class", "risk_weight"),
    *("leverage_exposure", "cet1", "at1", "t2", "hqla_level", "hqla_haircut", "outflow_rate", "inflow_rate"),
    *("asf", "rsf"),
)
_EXTRA = (
    Column("advanced_weight", "number", "share", description="Risk weight by the bank's own models; ours"),
    Column("loss_absorbing", "number", "share", description="Share that counts towards loss-absorbing capacity"),
    Column("financial", "number", "share", description="Share with other financial institutions (interconnectedness)"),
    Column("cross_border", "number", "share", description="Share outside the home country (cross-jurisdictional)"),
    Column("trading", "number", "share", description="Share that is traded or hard to value (complexity)"),
)


def _rows(name: str) -> list[dict[str, object]]:
    """Return a file's rows; numbers as numbers, blanks left out, bounds and formulas as text."""
    with (_FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return [{key: _value(key, text) for key, text in row.items() if text != ""} for row in csv.DictReader(stream)]


def _value(key: str, text: str) -> object:
    if key in {"position", "with", "side", "class", "hqla_level", "right", "left", "formula"}:
        return text
    try:
        return float(text)
    except ValueError:
        return text


def gsib_bank() -> Paper:
    """Return the bank."""
    return Paper(
        folder="gsib_bank",
        title="A bank whose capital surcharge grows with it",
        positions=_rows("positions"),
        position_columns=_COLUMNS,
        limits=_rows("limits"),
        goals=[
            {
                "goal": "Economic profit",
                "formula": "economic_profit",
                "direction": "max",
                "active": "yes",
            }
        ],
        metrics=_rows("metrics"),
        covariances=_rows("covariances"),
        settings=[
            ("method", "lp"),
            ("currency", "EUR"),
            ("amount_unit", "billion"),
            ("as_of", "a bank of our own invention"),
            ("rwa_operational", 90),
            ("rwa_market", 25),
            ("seed", 1),
        ],
        extra=_EXTRA,
        widths={"position": 34},
        amount=" (EUR billion)",
    )
