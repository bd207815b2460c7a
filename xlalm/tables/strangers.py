"""Tables that no reader takes: those that look like one of the contract, and those that somebody passed in memory."""

from collections.abc import Mapping

from xlalm.domain.findings import Finding, error, warning
from xlalm.domain.likeness import contract_table
from xlalm.domain.table import Table
from xlalm.domain.text import shown
from xlalm.schema.tables import INPUT_TABLES
from xlalm.tables.registry import READERS


def strangers(tables: Mapping[str, Table]) -> tuple[list[Finding], set[str]]:
    """Name every table of a book that nothing reads.

    A table that looks like one of the contract which the book lacks is an error, because it was meant as that, and a
    warning where no run uses that one yet or the book has it too. All others share one warning.

    Returns
    -------
    Findings, and the tables of the contract that are there under another name.
    """
    findings: list[Finding] = []
    meant: set[str] = set()
    unlike: list[Table] = []
    for name, table in sorted(tables.items()):
        if name in INPUT_TABLES:
            continue
        like = contract_table(name, table.columns.keys())
        if like is None:
            unlike.append(table)
            continue
        where = (
            f'table "{shown(name)}" on sheet "{shown(table.sheet)}"'
            if table.sheet != name
            else f'table "{shown(name)}"'
        )
        if like in tables:
            text = f"{where} looks like {like} and is not read: the book has a table {like}"
            findings.append(warning(table.header_cell(), text, f"move what is meant into {like}, or rename this one"))
            continue
        meant.add(like)
        text = f"{where} looks like {like}, which the book lacks, and is not read under this name"
        cure = f"rename it to {like} (in Excel: Table Design > Table Name), or to something unlike it"
        findings.append((warning if READERS[like] == "not yet" else error)(table.header_cell(), text, cure))
    if unlike:
        names = ", ".join(f'"{shown(table.name)}"' for table in unlike)
        text = f"nothing reads the table{'s' if len(unlike) > 1 else ''} {names}"
        findings.append(warning(None, text, f"leave out what is not meant; xlalm reads {', '.join(INPUT_TABLES)}"))
    return findings, meant
