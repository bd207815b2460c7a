"""What is read before all other tables of a book, and what these are read against."""

from collections.abc import Mapping
from functools import cached_property

import attrs

from xlalm.domain.balance_sheet import BalanceSheet
from xlalm.domain.findings import Finding, error, suggest
from xlalm.domain.settings import Settings
from xlalm.domain.table import TypedTable, normalise_header
from xlalm.domain.text import fold, shown


@attrs.frozen(eq=False)
class Known:
    """The balance sheet, the settings, and every table that the book has, typed."""

    sheet: BalanceSheet
    settings: Settings
    tables: Mapping[str, TypedTable]

    @cached_property
    def positions(self) -> dict[str, int]:
        """Numbers of the sheet's rows by folded name."""
        return {fold(name): i for i, name in enumerate(self.sheet.names)}

    def position(self, table: TypedTable, row: int, key: str, findings: list[Finding]) -> int | None:
        """Return the position that a cell names, None where it is blank or unknown, which is a finding then."""
        name = table.texts[key][row]
        number = self.positions.get(fold(name))
        if name and number is None:
            text = f'there is no position "{shown(name)}"{suggest(name, self.sheet.names)}'
            findings.append(error(table.raw.cell(row, key), text, "correct the name or delete the row"))
        return number

    def row_of(self, table: TypedTable, row: int, key: str, other: str, findings: list[Finding]) -> str | None:
        """Return the name in table ``other`` that a cell names, None where it is blank or unknown, as above."""
        name = table.texts[key][row]
        there = self.tables.get(other)
        names = {fold(known): known for known in there.texts[key]} if there is not None else {}
        found = names.get(fold(name)) if name else None
        if name and found is None:
            text = f'there is no {key} "{shown(name)}" in {other}{suggest(name, names.values())}'
            findings.append(error(table.raw.cell(row, key), text, f"correct the name or add a row to {other}"))
        return found

    def column(self, table: TypedTable, row: int, key: str, findings: list[Finding]) -> str | None:
        """Return the key of the column of numbers that a cell names, None where it is blank or unknown, as above."""
        name = table.texts[key][row]
        wanted = normalise_header(name)
        if not wanted or wanted in self.sheet.numbers:
            return wanted or None
        text = f'Positions has no column of numbers "{shown(name)}"{suggest(wanted, self.sheet.numbers)}'
        findings.append(error(table.raw.cell(row, key), text, "correct the name or add the column"))
        return None
