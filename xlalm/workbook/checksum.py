"""Whether the inputs are still those of a run: a checksum that Python writes and the workbook's own formulas compute.

Each group of columns of an input table has two figures in the table ``InputState``. ``numbers`` is the sum of its
numbers, each brought near 1 by a power of 990, so that rates count beside balances, times a weight of its row and one
of its column. ``texts`` is a whole number: from which cells are filled, and from every letter of their
texts and its place. A cell above a block of results compares both with what they were at the run.

What cannot be noticed: a change of a number by less than a millionth of itself or below 1e-15, of a letter after the
first 255 of a text (fewer where a table holds very many texts: ``MOST_LETTERS``), of a text in a column that holds
letters beyond the basic plane such as emoji, two texts exchanged that stand 997 rows apart, and a table that the book
did not have at the run. A change that is undone is none; rows that are sorted are one.

Only functions are used that Excel and LibreOffice compute alike, in any language and without array entry (but for a
column in which TRUE or FALSE stands beside numbers); none is volatile, so that a figure is computed anew only when its
table changes.
"""

import datetime as dt
import math
import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from operator import mul

import attrs

from xlalm.domain.result import AS_AT_THE_RUN, INPUTS_CHANGED
from xlalm.domain.table import Table
from xlalm.workbook.package.cell_xml import Formula, date_serial

MOST_LETTERS = 200_000
"""Letters of one table that its formulas look at; a recalculation of more can be felt."""

_LONGEST, _LEAST = 255, 8  # letters of a text that count
_COLUMNS = 24  # of a table in one formula, which may have 8,192 characters
_MOST_CHARACTERS = 8_000
_TOLERANCE = "1E-9+1E-12*ABS({})"
_STEP, _ROWS = 389, 997  # weights of rows: 1 to 997, in an order in which neighbours differ
_SIGN_STEP, _SIGNS = 11, 61  # the same of letters
_COLUMN_STEP = 37
_STEPS = [f"7.37E{exponent}" for exponent in range(-10, 15, 3)]
"""From each on, a number counts for a 990th: no round number, so that no rounding error crosses one."""

_EDGES = [float(step) for step in _STEPS]
_BASE = 990  # not 1,000, by which figures are restated

_COUNTED_APART = re.compile("[\r\U00010000-\U0010ffff\ud800-\udfff]")
"""Letters that programs count or read differently."""

_SIGN_WEIGHTS = [at * _SIGN_STEP % _SIGNS + 1 for at in range(1, _LONGEST + 1)]

_Value = float | bool | str
_Column = Mapping[int, _Value]
"""Values of a column that show something, by row of the body from 0."""


@attrs.frozen
class Figure:
    """The checksum of some neighbouring columns of an input table: formulas, with their values now."""

    table: str
    numbers: Formula
    texts: Formula


def figures(tables: Mapping[str, Table], *, date1904: bool = False) -> list[Figure]:
    """Return the checksums of the input tables of a book.

    Parameters
    ----------
    date1904 : whether the book counts days from 1904.
    """
    return [figure for _, table in sorted(tables.items()) for figure in _figures(table, date1904)]


def state_formula(name: str, at_run: Sequence[Figure]) -> Formula:
    """Return the cell that says whether the inputs are those of a run.

    Parameters
    ----------
    name : of the table in the book that holds the figures, with columns Table, Numbers and Texts.
    """
    numbers = ";".join(_literal(figure.numbers) for figure in at_run)
    texts = ";".join(_literal(figure.texts) for figure in at_run)
    tolerance = _TOLERANCE.format(f"{name}[Numbers]")
    differs = f"(ABS({name}[Numbers]-{{{numbers}}})>{tolerance})+(ABS({name}[Texts]-{{{texts}}})>0.5)"
    rows = f"ROW({name}[Table])"
    which = f'"{INPUTS_CHANGED}: "&INDEX({name}[Table],SUMPRODUCT(MAX(({differs}>0)*({rows}-MIN({rows})+1))))'
    form = f'IFERROR(IF(SUMPRODUCT({differs})=0,"{AS_AT_THE_RUN}",{{}}),"{INPUTS_CHANGED}")'
    text = form.replace("{}", which)
    if len(text) > _MOST_CHARACTERS:
        text = form.replace("{}", f'"{INPUTS_CHANGED}"')
    return Formula(text, AS_AT_THE_RUN)


def _literal(formula: Formula) -> str:
    return f"{float(formula.value or 0.0):.15g}".upper().replace("E+", "E")


# --- one table -----------------------------------------------------------------------------------------------


def _figures(table: Table, date1904: bool) -> Iterator[Figure]:
    columns = _columns(table, date1904)
    of_text = sum(any(isinstance(value, str) for value in column.values()) for column in columns)
    letters = max(_LEAST, MOST_LETTERS // max(1, of_text * len(table)))
    body = f"{table.name}[]"
    for first in range(0, len(columns), _COLUMNS):
        group = columns[first : first + _COLUMNS]
        cells = body
        if len(group) < len(columns):
            cells = f"INDEX({body},0,{first + 1}):INDEX({body},0,{first + len(group)})"
        yield Figure(table.name, _numbers(cells, group, first), _texts(body, cells, group, first, letters))


def _columns(table: Table, date1904: bool) -> list[_Column]:
    """Return the columns of a table from left to right; one without a usable header is blank."""
    numbers = table.column_numbers
    first, last = min(numbers.values(), default=1), max(numbers.values(), default=0)
    by_number = {number: table.columns[key] for key, number in numbers.items()}
    has_headers = not table.rows or table.rows[0] > table.header_row
    offsets = [row - table.header_row - has_headers for row in table.rows]
    found: list[_Column] = []
    for number in range(first, last + 1):
        plain = (_plain(value, date1904) for value in by_number.get(number, ()))
        pairs = zip(offsets, plain, strict=False)
        found.append({offset: value for offset, value in pairs if value is not None})
    return found


def _plain(value: object, date1904: bool) -> _Value | None:
    """Return what a spreadsheet computes with; None where a cell shows nothing."""
    if isinstance(value, str):
        return value if value.strip(" ") else None
    if isinstance(value, bool):
        return value
    if isinstance(value, dt.date):
        return date_serial(value, date1904)
    if isinstance(value, dt.time):
        return (value.hour * 3600 + value.minute * 60 + value.second + value.microsecond / 1e6) / 86400
    if isinstance(value, dt.timedelta):
        return value / dt.timedelta(days=1)
    return float(value) if isinstance(value, int | float) else None


def _weight(row: int) -> int:
    return row * _STEP % _ROWS + 1


def _row_weights(cells: str) -> str:
    return f"(MOD((ROW({cells})-MIN(ROW({cells})))*{_STEP},{_ROWS})+1)"


def _is_of_flags(column: _Column) -> bool:
    """Whether a column holds TRUE and FALSE alone, which LibreOffice adds up as 1 and 0 and Excel leaves out."""
    return bool(column) and all(isinstance(value, bool) for value in column.values())


def _numbers(cells: str, columns: Sequence[_Column], first: int) -> Formula:
    steps = "+".join(f"({cells}>={step})+({cells}<=-{step})" for step in _STEPS)
    rows = f"(1+{_row_weights(cells)}/{_ROWS})"
    across = f"(1+MOD({_places(cells, first)}*{_COLUMN_STEP},{_SIGNS})/{_SIGNS})"
    counted = [not _is_of_flags(column) for column in columns]
    only = "" if all(counted) else f"*{{{','.join(str(int(counts)) for counts in counted)}}}"
    text = f"IFERROR(SUMPRODUCT({cells},{_BASE}^(3-({steps}))*{rows}*{across}{only}),-1)"
    sizes = [float(_BASE) ** (3 - steps_passed) for steps_passed in range(len(_STEPS) + 1)]
    terms: list[float] = []
    for at, column in enumerate(columns, start=first + 1):
        of_column = 1 + at * _COLUMN_STEP % _SIGNS / _SIGNS
        numbers = ((row, number) for row, number in column.items() if isinstance(number, float))
        terms += [
            number * sizes[bisect_right(_EDGES, abs(number))] * (1 + _weight(row) / _ROWS) * of_column
            for row, number in numbers
        ]
    value = math.fsum(terms)
    return Formula(text, value)


def _places(cells: str, first: int) -> str:
    """Return the formula of the places of columns in their table, from 1."""
    return f"(COLUMN({cells})-MIN(COLUMN({cells}))+{first + 1})"


def _texts(body: str, cells: str, columns: Sequence[_Column], first: int, letters: int) -> Formula:
    parts = [f"SUMPRODUCT((LEN(TRIM({cells}))>0)*{_row_weights(cells)}*{_places(cells, first)})"]
    value = 0
    for at, column in enumerate(columns, start=first + 1):
        value += at * sum(map(_weight, column))
        one = f"INDEX({body},0,{at})"
        texts = {row: cell for row, cell in column.items() if isinstance(cell, str)}
        if texts and not any(map(_COUNTED_APART.search, texts.values())):
            longest = min(max(map(len, texts.values())), _LONGEST, letters)
            places = f"COLUMN(INDEX($1:$1048576,1,1):INDEX($1:$1048576,1,{longest}))"
            signs = f'_xlfn.UNICODE(MID({one},{places},1)&" ")*(MOD({places}*{_SIGN_STEP},{_SIGNS})+1)'
            filled = f"ISTEXT({one})*(LEN(TRIM({one}))>0)"
            parts.append(f"{at}*SUMPRODUCT({filled}*(LEN({one})+{signs})*{_row_weights(one)})")
            weighed = {text: _of_text(text, longest) for text in set(texts.values())}
            value += at * sum(_weight(row) * weighed[text] for row, text in texts.items())
        flags = {row: cell for row, cell in column.items() if isinstance(cell, bool)}
        if flags:
            which = f"(LEN(TRIM({one}))>0)*(({one}=TRUE)+2*({one}=FALSE))"
            parts.append(f"{at}*SUMPRODUCT({which}*{_row_weights(one)})")
            value += at * sum(_weight(row) * (1 if cell else 2) for row, cell in flags.items())
    return Formula(f"IFERROR({'+'.join(parts)},-1)", float(value))


def _of_text(text: str, longest: int) -> int:
    signs = text[:longest].ljust(longest)
    weighed: int = sum(map(mul, map(ord, signs), _SIGN_WEIGHTS))
    return longest * len(text) + weighed
