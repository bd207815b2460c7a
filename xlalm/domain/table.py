"""Tables as they stand in a book: headers, values and the cell of each value."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

import attrs

from xlalm.domain.cells import Cell, FrameCell
from xlalm.domain.text import fold
from xlalm.domain.typing import Bool1D, Float1D

_SEPARATORS = re.compile(r"[\s\-_]+")


@lru_cache(maxsize=4096)
def normalise_header(header: str) -> str:
    """Return the key of a header: folded, blanks, hyphens and underscores equal.

    ``Risk weight``, ``risk-weight`` and ``RISK_WEIGHT`` all give ``risk_weight``.
    """
    return _SEPARATORS.sub("_", fold(header)).strip("_")


@attrs.frozen
class ErrorValue:
    """A cell that holds an error such as #N/A, or a formula never calculated; its finding is already made."""

    text: str


@attrs.frozen(eq=False)
class Table:
    """Raw values of one named table; nothing is converted yet.

    ``columns`` maps a normalised header to one value per kept row (None = blank). ``rows`` holds the
    sheet row of each kept row: blank rows are dropped, hidden ones are not. ``labels`` are the names of the rows of a
    frame in memory, which has no cells that a person could look up; None elsewhere.
    """

    name: str
    sheet: str
    headers: Mapping[str, str]  # key -> header as typed
    columns: Mapping[str, Sequence[object]]
    rows: Sequence[int]
    header_row: int
    column_numbers: Mapping[str, int]
    labels: Sequence[str] | None = attrs.field(default=None, kw_only=True)

    def __len__(self) -> int:
        """Return the number of kept rows."""
        return len(self.rows)

    def cell(self, index: int, key: str) -> Cell:
        """Return the cell of row ``index`` (0-based among kept rows) in column ``key``."""
        return self._at(self.rows[index], key, index)

    def header_cell(self, key: str = "") -> Cell:
        """Return the cell of a header (the first one where the column is missing)."""
        return self._at(self.header_row, key, None)

    def _at(self, row: int, key: str, index: int | None) -> Cell:
        column = self.column_numbers.get(key, min(self.column_numbers.values(), default=1))
        if self.labels is None:
            return Cell(self.sheet, row, column)
        label = "" if index is None else self.labels[index] if index < len(self.labels) else str(index)
        return FrameCell(self.sheet, row, column, label, self.headers.get(key, key))


def table_from_columns(
    name: str, columns: Mapping[str, Sequence[object]], labels: Sequence[str] | None = None
) -> Table:
    """Build a table from columns in memory; addresses count rows from 2 under a header in row 1.

    Parameters
    ----------
    labels : what findings call the rows instead.
    """
    keys = {normalise_header(str(header)): str(header) for header in columns}
    values = {normalise_header(str(header)): list(column) for header, column in columns.items()}
    length = len(next(iter(values.values()))) if values else 0
    return Table(
        name=name,
        sheet=name,
        headers=keys,
        columns=values,
        rows=range(2, length + 2),
        header_row=1,
        column_numbers={key: number for number, key in enumerate(keys, start=1)},
        labels=labels,
    )


@attrs.frozen(eq=False)
class TypedTable:
    """A table whose columns hold what the schema promises.

    ``numbers`` (n_rows,) float64 with NaN where blank, ``texts`` stripped strings with "" where blank,
    ``flags`` booleans, ``values`` everything else as read.
    """

    raw: Table
    numbers: dict[str, Float1D]
    texts: dict[str, list[str]]
    flags: dict[str, Bool1D]
    values: dict[str, list[object]]

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.raw)
