"""``Actions``: what the committee has approved beforehand."""

from xlalm.domain.action import Action
from xlalm.domain.findings import Finding, cap, error
from xlalm.domain.numbers import is_blank
from xlalm.domain.table import TypedTable
from xlalm.domain.text import shown
from xlalm.tables.known import Known
from xlalm.tables.typed import date_of, is_readable, number_or_none


def read_actions(table: TypedTable, _: Known) -> tuple[tuple[Action, ...], list[Finding]]:
    """Return the actions; sizes that exclude each other, a lot of 0 and an expiry that is no date are errors."""
    if not is_readable(table):
        return (), []
    findings: list[Finding] = []
    found: list[Action] = []
    for i, name in enumerate(table.texts["action"]):
        if not name:
            continue
        start = len(findings)
        least, most = float(table.numbers["min"][i]), number_or_none(table, "max", i)
        lot, typed_expiry = number_or_none(table, "lot", i), table.values["expires"][i]
        expires = date_of(typed_expiry)
        if most is not None and least > most:
            text = f'min {least:,g} of "{shown(name)}" is above its max {most:,g}'
            findings.append(error(table.raw.cell(i, "min"), text, "lower min or raise max"))
        if lot == 0:
            cure = "enter the size of one lot or leave it blank"
            findings.append(error(table.raw.cell(i, "lot"), f'lot of "{shown(name)}" is 0', cure))
        if expires is None and not is_blank(typed_expiry):
            text = f'expires "{shown(typed_expiry)}" is not a date'
            cure = "enter a date, such as 2027-06-30, in a cell formatted as a date"
            findings.append(error(table.raw.cell(i, "expires"), text, cure))
        if len(findings) > start:
            continue
        found.append(
            Action(
                name=name,
                family=table.texts["family"][i],
                least=least,
                most=most,
                lot=lot,
                window=table.texts["window"][i],
                cost_bp=float(table.numbers["cost_bp"][i]),
                approved_by=table.texts["approved_by"][i],
                expires=expires,
                cell=table.raw.cell(i, "action"),
            )
        )
    cap(findings, 0, "table Actions")
    return tuple(found), findings
