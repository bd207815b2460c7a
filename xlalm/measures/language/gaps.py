"""What a formula reads and the book does not hold: it would count as 0 without a word."""

from collections.abc import Iterable
from typing import Literal

import attrs
import numpy as np

from xlalm.domain.findings import suggest
from xlalm.domain.table import normalise_header
from xlalm.domain.text import shown
from xlalm.domain.typing import Bool1D
from xlalm.measures.expression import Expression
from xlalm.measures.language.scope import Scope
from xlalm.measures.language.tokens import FormulaError
from xlalm.measures.shape import is_nothing
from xlalm.schema.tables import Column, table_schema

_NAMED = 3
"""Positions that a finding names."""

Kind = Literal["no column", "blank column", "empty filter"]


class NothingBelowError(FormulaError):
    """A ratio whose denominator is 0 because of what the book does not hold; the cure says where it belongs."""


@attrs.frozen
class Gap:
    """A column that is absent or blank wherever a formula applies it, or a filter that no position passes.

    ``what`` is the key of the column or the filter as typed, ``offset`` where it stands in the formula, ``measure`` the
    measure named there that holds it (blank: the formula itself). One that is not ``needed`` means 0, as the schema
    says, and matters only where nothing else is left of the formula. ``rows`` are positions where a column is blank.
    """

    kind: Kind
    what: str
    offset: int
    measure: str = ""
    needed: bool = True
    rows: tuple[int, ...] = ()

    def inherited(self, measure: str, offset: int) -> "Gap":
        """Return the same as the gap of a formula that names ``measure`` there; an empty filter is its own affair."""
        return attrs.evolve(self, measure=measure, offset=offset, needed=self.needed and self.kind != "empty filter")


def column_gap(scope: Scope, key: str, kept: Bool1D | None, offset: int, *, catalogue: bool) -> Gap | None:
    """Return the gap that a column is, None where some position of those ``kept`` fills it.

    Parameters
    ----------
    kept : (n_positions,) positions that the formula applies the column to; None for all.
    catalogue : the formula is one of the catalogue, which is written for every bank: it asks for the column on the
        sides that the schema names, where the bank has such positions.
    """
    column = table_schema("Positions").columns.get(key)
    needed = column is None or bool(column.needed_on)
    rows = np.ones(len(scope.sheet), dtype=np.bool_) if kept is None else kept
    if catalogue and column is not None and column.needed_on:
        rows = rows & scope.on_side(*column.needed_on)
    if not rows.any() or scope.is_filled(key, rows):
        return None
    kind: Kind = "blank column" if key in scope.sheet.table.raw.columns else "no column"
    return Gap(kind, key, offset, needed=needed, rows=tuple(int(i) for i in np.flatnonzero(rows)[: _NAMED + 1]))


def distinct(gaps: Iterable[Gap]) -> list[Gap]:
    """Return the gaps of a metric as those who name it tell them apart; it may have one through many other metrics."""
    found: dict[tuple[str, str, bool], Gap] = {}
    for gap in gaps:
        found.setdefault((gap.kind, gap.what, gap.needed), gap)
    return list(found.values())


def gaps_that_matter(gaps: Iterable[Gap], expression: Expression) -> list[Gap]:
    """Return the gaps of a formula that are to be said, each once: what means 0 only where nothing else is left."""
    known = list(gaps)
    said = [gap for gap in known if gap.needed] or (known if known and is_nothing(expression) else [])
    found: dict[tuple[str, str], Gap] = {}
    for gap in said:
        inside = gap.measure if gap.kind == "empty filter" else ""
        found.setdefault((gap.kind, inside or gap.what), gap)
    return list(found.values())


def gap_words(gap: Gap, scope: Scope) -> tuple[str, str]:
    """Return what is wrong and the cure, in a banker's words."""
    subject = gap.measure or "the formula"
    if gap.kind == "empty filter":
        cure = "check names and values in the filter"
        if not gap.measure:
            return "this filter matches no position", cure
        return f"{subject} is 0 in every plan, for no position passes its filter {shown(gap.what)}", cure
    raw = scope.sheet.table.raw
    if gap.kind == "blank column":
        first = raw.cell(gap.rows[0], gap.what)
        header = shown(raw.headers[gap.what])
        names = ", ".join(shown(scope.sheet.names[i]) for i in gap.rows[:_NAMED]) + " …" * (len(gap.rows) > _NAMED)
        text = f'{subject} uses the column "{header}", which is blank wherever it applies ({names})'
        return text, f"fill it from {first} on, with 0 where there is none"
    text = f'{subject} uses the column "{gap.what}", which Positions does not have'
    column = table_schema("Positions").columns.get(gap.what)
    if column is None:
        return text, f"add a column headed {gap.what}"
    alike = similar_headers(column, raw.headers.items())
    if alike:
        named = " or ".join(f'"{shown(header)}"' for header in alike)
        return f"{text} ({named} looks like it)", f"rename that header to {gap.what}, or add the column"
    return text, f"add a column headed {gap.what}: {column.description[:1].lower()}{column.description[1:]}"


def similar_headers(column: Column, headers: Iterable[tuple[str, str]]) -> list[str]:
    """Return headers, as typed, that look like a column of the contract which is not there.

    Parameters
    ----------
    headers : key and header of each column that there is.
    """
    own = {key: header for key, header in headers if key not in table_schema("Positions").columns}
    names = {normalise_header(name) for name in column.also_called}
    found = [header for key, header in own.items() if key in names]
    return found or [header for key, header in own.items() if suggest(column.key, [key])]
