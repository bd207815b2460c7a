"""What the compiled book makes unlikely: rates of another scale, bounds no balance comes near, openings outside."""

from collections.abc import Mapping, Sequence

import numpy as np

from xlalm.domain.balance_sheet import BalanceSheet
from xlalm.domain.findings import Finding, cap, error, warning
from xlalm.domain.numbers import is_number, number_meant, parse_number
from xlalm.domain.settings import Settings
from xlalm.domain.table import Table, normalise_header
from xlalm.domain.text import shown
from xlalm.domain.typing import Float1D
from xlalm.measures.bounds import bounds
from xlalm.measures.expression import Affine, Expression, Extremum, Quotient, constant_of
from xlalm.measures.language.compiler import Compiler
from xlalm.measures.language.tokens import FormulaError
from xlalm.model.model import Goal, Limit
from xlalm.model.standing import Outside, outside
from xlalm.model.units import LARGEST_SHARE
from xlalm.schema.tables import table_schema
from xlalm.tables.plausible import odd_rates

LARGEST_MARGIN = 0.15
"""Net interest income of a year beyond this share of assets is odd."""

LARGEST_BANK = 1e13
"""Single units of a currency such as the euro that no bank has in assets."""

LARGEST_BANK_OF_SMALL_UNITS = 1e17
"""The same for currencies of which a euro buys many."""

OTHER_SCALE = 20.0
"""A bound this many times beyond all that its measure can be is of another scale."""

_STRONG = {"", "EUR", "USD", "GBP", "CHF", "CAD", "AUD", "NZD", "SGD", "KWD", "BHD", "OMR", "JOD", "BND"}
_UNIT_WORDS = {"thousand": 1e3, "million": 1e6, "billion": 1e9}


def implausible(
    sheet: BalanceSheet,
    settings: Settings,
    compiler: Compiler,
    limits: Sequence[Limit],
    goals: Sequence[Goal],
    tables: Mapping[str, Table],
) -> list[Finding]:
    """Return what is odd about a book's numbers, each with what was probably meant."""
    findings = _rates(sheet, compiler) + _shares(sheet) + _size(sheet, settings, tables.get("Settings"))
    start = len(findings)
    for limit in limits:
        if limit.row is not None:
            findings += _two_readings(limit, compiler) or _bound(limit, sheet, settings)
            findings += _early_warning(limit, compiler, tables["Limits"])
    cap(findings, start, "table Limits")
    for goal in goals:
        findings += _levels(goal, tables["Goals"])
    start = len(findings)
    findings += map(_opens_outside, outside(sheet))
    cap(findings, start, "table Positions")
    return findings


# --- positions ---------------------------------------------------------------------------------------------


def _rates(sheet: BalanceSheet, compiler: Compiler) -> list[Finding]:
    """Return the rates beyond 50 %: an error where a whole column makes a margin that no bank has."""
    raw, margin = sheet.table.raw, _margin(sheet, compiler)
    findings: list[Finding] = []
    columns = [column for column in table_schema("Positions").columns.values() if column.unit == "per year"]
    odd = {column.key: odd_rates(_as_typed(raw, column.key)) for column in columns if column.key in raw.columns}
    for column in columns:
        start, most = len(findings), column.maximum or np.inf
        for rate in odd.get(column.key, ()):
            if abs(rate.value) > most:
                continue  # a finding where the table is typed
            if not rate.whole_column and most == 1:
                continue  # a line may be expected to lose most of itself
            name = f'{column.key} of "{shown(sheet.names[rate.row])}"'
            rest = (
                f", and {rate.alike - 1} more of the column are like it" if rate.whole_column and rate.alike > 1 else ""
            )
            text, cell = f"{name} is {rate.value:.12g}, {rate.value:.0%} a year{rest}", raw.cell(rate.row, column.key)
            if rate.whole_column and most > 1 and margin > LARGEST_MARGIN:
                findings.append(error(cell, text, f"enter {rate.meant}"))
            else:
                findings.append(warning(cell, text, f"enter {rate.meant} if that was meant"))
        cap(findings, start, f"column {column.key}")
    if margin > LARGEST_MARGIN and not any(odd.values()):
        text = f"net interest income at opening is {margin:.0%} of assets in a year"
        cure = "check the scale of the rates, and that the liabilities have theirs"
        findings.append(warning(raw.header_cell("rate"), text, cure))
    return findings


def _shares(sheet: BalanceSheet) -> list[Finding]:
    """Return the shares beyond 500 % of the columns that have no largest value."""
    findings: list[Finding] = []
    for column in table_schema("Positions").columns.values():
        if column.unit == "share" and column.maximum is None:
            start, numbers = len(findings), sheet.table.numbers[column.key]
            for i in map(int, np.flatnonzero(np.nan_to_num(numbers) > LARGEST_SHARE)):
                text = f'{column.key} of "{shown(sheet.names[i])}" is {numbers[i]:.12g}, which is {numbers[i]:,.0%}'
                cure = f"enter {numbers[i]:.12g}% if that was meant"
                findings.append(warning(sheet.table.raw.cell(i, column.key), text, cure))
            cap(findings, start, f"column {column.key}")
    return findings


def _as_typed(table: Table, key: str) -> Float1D:
    return np.array([float(value) if is_number(value) else np.nan for value in table.columns[key]])


def _margin(sheet: BalanceSheet, compiler: Compiler) -> float:
    """Return net interest income over assets at opening; 0 for a book of one side or without rates."""
    if not sheet.has_two_sides or sheet.total_assets <= 0:
        return 0.0
    try:
        return abs(compiler.at_opening(compiler.metric("nii_12m"))) / sheet.total_assets
    except FormulaError:
        return 0.0


def _size(sheet: BalanceSheet, settings: Settings, table: Table | None) -> list[Finding]:
    """Return a warning of assets beyond any bank's, for which the unit of the amounts is to blame."""
    unit, currency = settings.text("amount_unit"), settings.text("currency")
    most = LARGEST_BANK if currency.upper() in _STRONG else LARGEST_BANK_OF_SMALL_UNITS
    if sheet.total_assets * _UNIT_WORDS.get(unit.casefold().removesuffix("s"), 1.0) <= most:
        return []
    text = f"assets are {_figure(sheet.total_assets)} {unit}".rstrip() + ", more than any bank has"
    cure = "say in Settings what amounts are in: amount_unit thousand, or blank for single units"
    names = [] if table is None else [normalise_header(str(name or "")) for name in table.columns.get("setting", ())]
    if table is not None and "amount_unit" in names:
        return [warning(table.cell(names.index("amount_unit"), "value"), text, cure)]
    return [warning(sheet.table.raw.header_cell("balance"), text, cure)]


def _opens_outside(found: Outside) -> Finding:
    name, opening, level = shown(found.name), _figure(found.opening), _figure(found.level)
    if found.edge == "lot":
        text = f'no whole number of lots of {level} brings "{name}" from {opening} to between its min and max'
        return warning(found.cell, text, "change the lot, or min and max")
    beyond = "above" if found.edge == "max" else "below"
    if found.fixed:
        text = f'"{name}" is fixed at {opening}, {beyond} its {found.edge} of {level}'
        return warning(found.cell, text, "set fixed to no, or correct one of the two")
    text = f'"{name}" opens at {opening}, {beyond} its {found.edge} of {level}'
    return warning(found.cell, text, "every plan has to move it: correct one of the two if that is not meant")


def _figure(value: float, digits: int = 12) -> str:
    """Return an amount or ratio as a finding quotes it, never in scientific notation."""
    return f"{value:,.0f}" if abs(value) >= 10.0 ** min(digits, 9) else f"{value:,.{digits}g}"


# --- limits ------------------------------------------------------------------------------------------------


def _bound(limit: Limit, sheet: BalanceSheet, settings: Settings) -> list[Finding]:
    """Return what is odd about a constant bound: beyond all that its measure can be, or of another scale."""
    assert limit.row is not None
    bound = constant_of(limit.right)
    plain = parse_number(limit.row.right) is not None and "%" not in limit.row.right
    if bound is None or constant_of(limit.left) is not None:
        return []
    if limit.unit == "%" and abs(bound) > LARGEST_SHARE and plain:
        return []  # a finding where the limit is compiled
    low, high = bounds(limit.left, sheet)
    name = f'bound of "{shown(limit.name)}"'
    if bound > 1 and _is_part_of_whole(limit.left):
        never = "every plan keeps it" if limit.sense == "<=" else "no plan can reach it"
        text = f"{name} is {_size_of(bound)}, and {shown(limit.row.left)} is a share, at most 100%: {never}"
        if plain and bound > LARGEST_SHARE and limit.unit in {"", "%"}:
            return [error(limit.cell, text, f"enter {bound:.12g}%")]
        cure = f"enter {bound:.12g}% if that was meant" if plain else "enter a share below 100%"
        return [warning(limit.cell, text, cure)]
    reach = max(abs(low), abs(high))
    if not np.isfinite(reach) or reach == 0:
        return []
    unreachable = (limit.sense != "<=" and bound > high + 1e-9 * reach) or (
        limit.sense != ">=" and bound < low - 1e-9 * reach
    )
    far = abs(bound) > OTHER_SCALE * reach
    if not unreachable and not far:
        return []
    holds = f"no balances within min and max bring {shown(limit.row.left)} there"
    if not unreachable:
        holds = f"{shown(limit.row.left)} stays between {_figure(low, 6)} and {_figure(high, 6)}: every plan keeps it"
    return [warning(limit.cell, f"{name} is {_figure(bound)}, and {holds}", _nearer(bound, low, high, plain, settings))]


def _nearer(bound: float, low: float, high: float, plain: bool, settings: Settings) -> str:
    """Return what to enter for a bound out of reach: the same figure in percent or in the book's unit if it fits."""
    reach = max(abs(low), abs(high))
    if plain and reach <= LARGEST_SHARE and 1 < abs(bound) <= 100 * OTHER_SCALE * reach:
        return f"enter {bound:.12g}% if that was meant"
    for size in (1e3, 1e6, 1e9):
        if plain and reach / OTHER_SCALE <= abs(bound) / size <= OTHER_SCALE * reach and abs(bound) > size:
            return f"enter {bound / size:.12g} if that was meant: amounts are in {settings.money.strip() or 'one unit'}"
    return f"enter one between {_figure(low, 6)} and {_figure(high, 6)}"


def _size_of(share: float) -> str:
    return f"{share:.12g}, which is {share:,.0%}" if share > LARGEST_SHARE else f"{share:.6g}"


def _is_part_of_whole(expression: Expression) -> bool:
    """Whether an expression is a ratio that is at most 1 whatever the balances are: of a part to its whole."""
    if not isinstance(expression, Quotient) or not isinstance(expression.denominator, Affine):
        return False
    whole, top = expression.denominator, expression.numerator
    parts = top.arguments if isinstance(top, Extremum) and top.kind == "max" else (top,)
    return all(isinstance(part, Affine) and _is_within(part, whole) for part in parts)


def _is_within(part: Affine, whole: Affine) -> bool:
    if any(vector is not None and vector.any() for form in (part, whole) for vector in (form.up, form.down)):
        return False
    if whole.stock is None or part.constant > whole.constant:
        return False
    stock = np.zeros_like(whole.stock) if part.stock is None else part.stock
    return bool((stock <= whole.stock).all())


def _early_warning(limit: Limit, compiler: Compiler, table: Table) -> list[Finding]:
    """Return what is odd about an early warning: it must come before the bound."""
    assert limit.row is not None
    warn = limit.early_warning
    if warn is None or (limit.unit == "%" and abs(warn) > LARGEST_SHARE):
        return []
    bound = compiler.at_opening(limit.right)
    if not np.isfinite(bound):
        return []
    cell = table.cell(limit.row.row, "early_warning")
    name = f'early warning of "{shown(limit.name)}"'
    if limit.sense == "=":
        return [warning(cell, f"{name} is never given: its sense is =", "delete it, or use >= or <=")]
    if bound > 0 and warn > OTHER_SCALE * bound:
        return [
            warning(
                cell,
                f"{name} is {_figure(warn)} and its bound {_figure(bound)}",
                f"enter {warn:.12g}% if that was meant",
            )
        ]
    wrong, wanted = (warn < bound, "above") if limit.sense == ">=" else (warn > bound, "below")
    if not wrong:
        return []
    text = f"{name}, {_figure(warn)}, lies beyond its bound of {_figure(bound)}: the light is red before it is amber"
    return [warning(cell, text, f"enter a level {wanted} {_figure(bound)}")]


def _two_readings(limit: Limit, compiler: Compiler) -> list[Finding]:
    """Return the warning of a bound such as ``1.200`` whose measure stands nearer to 1200 than to 1.2."""
    assert limit.row is not None
    meant, bound = number_meant(limit.row.right), parse_number(limit.row.right)
    if meant is None or not meant.other or not bound:
        return []
    if not abs(compiler.at_opening(limit.left)) > abs(bound) * np.sqrt(1000.0):
        return []
    text = f'bound of "{shown(limit.name)}", "{shown(limit.row.right)}", is read as {meant.other}'
    return [warning(limit.cell, text, f"enter {meant.number} if that was meant")]


# --- goals -------------------------------------------------------------------------------------------------


def _levels(goal: Goal, table: Table) -> list[Finding]:
    """Return the levels of a goal in % that were typed without their percent sign."""
    levels = {"aspiration": goal.row.aspiration, "worst": goal.row.worst}
    return [
        error(
            table.cell(goal.row.row, key),
            f'{key} of "{shown(goal.row.name)}" is {level:.12g}, which is {level:,.0%}',
            f"enter {level:.12g}%",
        )
        for key, level in levels.items()
        if level is not None and goal.unit == "%" and abs(level) > LARGEST_SHARE
    ]
