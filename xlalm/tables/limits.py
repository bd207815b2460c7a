"""``Limits``: limits and policy rules, their formulas not compiled yet."""

from xlalm.domain.findings import Finding, cap, error, warning
from xlalm.domain.limits import LimitRow
from xlalm.domain.table import Table, TypedTable, normalise_header
from xlalm.tables.known import Known
from xlalm.tables.typed import formula_text, is_readable, number_or_none


def read_limits(table: TypedTable, _: Known) -> tuple[tuple[LimitRow, ...], list[Finding]]:
    """Return the rows that have two sides and a sense; what lacks one is a finding where the table is typed."""
    if not is_readable(table):
        return (), []
    rows = tuple(
        row for row in (_limit_row(table, i) for i in range(len(table))) if row.left and row.sense and row.right
    )
    findings = [finding for row in rows for finding in _check(row, table.raw)]
    cap(findings, 0, "table Limits")
    return rows, findings


def _limit_row(table: TypedTable, i: int) -> LimitRow:
    return LimitRow(
        name=table.texts["limit"][i],
        left=formula_text(table.values["left"][i]),
        sense=table.texts["sense"][i],  # type: ignore[arg-type]
        right=formula_text(table.values["right"][i]),
        unit=table.texts["unit"][i],
        early_warning=number_or_none(table, "early_warning", i),
        active=bool(table.flags["active"][i]),
        hard=bool(table.flags["hard"][i]),
        penalty=number_or_none(table, "penalty", i),
        role=table.texts["role"][i],
        scenario=table.texts["scenario"][i],
        text=table.texts["text"][i],
        lens=table.texts["lens"][i],
        owner=table.texts["owner"][i],
        source=table.texts["source"][i],
        step=number_or_none(table, "step", i),
        cell=table.raw.cell(i, "right"),
        left_cell=table.raw.cell(i, "left"),
        row=i,
    )


def _check(row: LimitRow, table: Table) -> list[Finding]:
    """Return what is wrong with a row that its formulas do not say."""
    findings = []
    if not row.hard and row.penalty is None and row.active:
        findings.append(
            error(
                table.cell(row.row, "penalty"),
                f'soft limit "{row.name}" has no penalty',
                "enter the goal units lost per 1.00 of shortfall, or set hard to yes",
            )
        )
    if row.step == 0:
        text = f'step of "{row.name}" is 0'
        findings.append(error(table.cell(row.row, "step"), text, "enter a step such as 0.25%, or leave it blank"))
    if row.scenario and normalise_header(row.scenario) != "base":
        cell = table.cell(row.row, "scenario")
        findings.append(
            error(
                cell,
                f'limit "{row.name}" asks for scenario "{row.scenario}", which this version does not solve',
                "leave scenario blank, or set active to no",
            )
            if row.active
            else warning(
                cell,
                f'limit "{row.name}" is shown for the base case, not for "{row.scenario}"',
                "read it as a base-case figure",
            )
        )
    return findings
