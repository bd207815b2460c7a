"""Regulatory factors against a second copy, typed group by group with the paragraph of each figure.

``data/factors.csv``: its column ``read`` says where a figure was read while it was typed. ``memory`` marks a figure
that was remembered from the rule and not looked up: both copies agree on it, but nobody opened the text a second
time. Most figures of LCR and NSFR were read, in national rulebooks that reprint BCBS 238 and 295; most risk weights,
the phase-ins and all Indonesian ratios are from memory. Whoever typed the second copy had seen the first, so it guards
against slips and later edits; it is no proof for the rows from memory.
"""

from collections.abc import Iterator

import pytest

from tests.reference.workbook_route import reference

TYPED = reference("factors.csv")
DATED = {"capital_minima", "indonesia_ratios"}  # tables in which a figure may change from one date to the next

ONE_COPY = {
    ("lcr_factors", "CAP", "HQLA = L1+L2A+L2B-adj15-adj40", ""): "holds no value",
    ("lcr_factors", "CAP", "excess, one-line equivalent", ""): "derived; measures/test_lcr.py proves it",
    ("risk_weights", "equity phase-in (transitional)", "speculative / other", ""): "national dates",
    ("capital_minima", "buffer", "Indonesia buffers: conservation / countercyclical / D-SIB", ""): "not remembered",
    ("indonesia_ratios", "Indonesia", "PLM (macroprudential liquidity buffer)", ""): "not remembered",
    ("indonesia_ratios", "Indonesia", "PLM", ""): "not remembered",
    ("indonesia_ratios", "Indonesia", "PLM", "2025-06-01"): "not remembered",
    ("indonesia_ratios", "Indonesia", "KLM incentive max", "2025-12-01"): "not remembered",
}
"""Rows that only ``xlalm/regulation`` has, and why."""

Key = tuple[str, str, str, str]


def shipped() -> Iterator[tuple[Key, str]]:
    """Give each figure that xlalm ships, by table, section, item and date."""
    from xlalm.regulation.factors import FACTOR_TABLES, factors

    for table in FACTOR_TABLES:
        for factor in factors(table):
            date = factor.valid_from.isoformat() if factor.valid_from and table in DATED else ""
            yield (table, factor.section, factor.item, date), factor.value


def key(row: dict[str, str]) -> Key:
    return row["table"], row["section"], row["item"], row["effective"]


def figure(value: str) -> float | str:
    """Return a value as a number; a range, a formula or a discretion as it stands."""
    try:
        return float(value)
    except ValueError:
        return value


@pytest.mark.parametrize("row", TYPED, ids=lambda row: ": ".join(filter(None, key(row))))
def test_both_copies_say_the_same(row):
    values = dict(shipped())
    assert figure(values[key(row)]) == figure(row["value"]), row["paragraph"]


def test_every_figure_is_typed_twice():
    """No row without its second copy, but those named above; no second copy without a row, a paragraph or a basis."""
    ours, typed = [found for found, _ in shipped()], [key(row) for row in TYPED]
    assert len(ours) == len(set(ours))
    assert len(typed) == len(set(typed))
    assert set(typed) | set(ONE_COPY) == set(ours)
    assert not set(typed) & set(ONE_COPY)
    assert all(row["paragraph"] and (row["read"] == "memory" or row["read"].startswith("read: ")) for row in TYPED)
