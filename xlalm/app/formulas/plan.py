"""The best plan of a book: what it is, what it is worth, and what stands in its way."""

from xlalm.app.formulas.arguments import LimitName, ShownColumns, WithHeaders
from xlalm.app.formulas.declared import formula
from xlalm.app.formulas.selection import Selection, shown_text
from xlalm.app.formulas.solved import WITH_PLAN, Spill, TableRanges, lines, shown_columns
from xlalm.app.formulas.tables import refuse
from xlalm.domain.errors import Refused
from xlalm.domain.findings import has_errors, suggest
from xlalm.domain.result import ResultTable
from xlalm.domain.table import normalise_header
from xlalm.domain.text import fold, shown

LIMIT_FIGURES = (
    "value",
    "opening",
    "bound",
    "headroom",
    "utilisation",
    "shadow_price",
    "worth_of_one_unit",
    "valid_from",
    "valid_to",
)


@formula("Model")
def ALM_CHECK(book: TableRanges) -> Spill:
    """What is wrong in the tables, with cures, what a no-change plan scores and which limits fail already.

    Returns
    -------
    One line of text per finding.

    Examples
    --------
    =ALM_CHECK(Positions[#All], Limits[#All], Goals[#All], Settings[#All], Metrics[#All])
    """
    result = book.check()
    found = [f"{finding.severity}: {finding}" for finding in result.findings]
    # With error cells read as blank the figures would be those of another book.
    return lines([*found, *(result.messages if not has_errors(result.findings) else ())])


@formula("Model")
def ALM_SOLVE(
    book: TableRanges,
    columns: ShownColumns = "position, side, opening, optimal, change, status",
    headers: WithHeaders = True,
) -> Spill:
    """The best plan within all limits: what each balance should be.

    Returns
    -------
    One row per position.

    Examples
    --------
    =ALM_SOLVE(Positions[#All], Limits[#All], Goals[#All], Settings[#All], Metrics[#All])
    """
    return shown_columns(book.plan().table("Allocation"), columns, headers)


@formula("Model")
def ALM_SHADOW_PRICES(
    book: TableRanges,
    columns: ShownColumns = "limit, shadow_price, worth_of_one_unit, unit, valid_from, valid_to, next_limit",
    headers: WithHeaders = True,
) -> Spill:
    """What one more unit of each limit is worth to the goal, and between which bounds that holds.

    Returns
    -------
    One row per limit; blank where a limit has no price.

    Examples
    --------
    =ALM_SHADOW_PRICES(Positions[#All], Limits[#All], Goals[#All], Settings[#All], Metrics[#All])
    """
    return shown_columns(book.plan().table("LimitReport"), columns, headers)


@formula("Model")
def ALM_REDUCED_COSTS(
    book: TableRanges,
    columns: ShownColumns = "position, status, reduced_cost, coefficient_low, coefficient_high",
    headers: WithHeaders = True,
) -> Spill:
    """What one more unit of each position's minimum or maximum is worth to the goal.

    Returns
    -------
    One row per position; 0 where its bounds do not hold it.

    Examples
    --------
    =ALM_REDUCED_COSTS(Positions[#All], Limits[#All], Goals[#All], Settings[#All], Metrics[#All])
    """
    return shown_columns(book.plan().table("Allocation"), columns, headers)


@formula("Model")
def ALM_BINDING(
    book: TableRanges,
    columns: ShownColumns = "limit, value, sense, bound, worth_of_one_unit, unit, lens",
    headers: WithHeaders = True,
) -> Spill:
    """The limits that bind in the best plan.

    Returns
    -------
    One row per binding limit, or one line that says that none binds.

    Examples
    --------
    =ALM_BINDING(Positions[#All], Limits[#All], Goals[#All], Settings[#All], Metrics[#All])
    """
    table = book.plan().table("LimitReport")
    where = table.keys.index("binding")
    rows = tuple(row for row in table.rows if row[where] == "yes")
    if not rows:
        return lines(["No limit binds in the plan."])
    return shown_columns(ResultTable(table.name, rows, table.more_keys), columns, headers)


@formula("Model")
def ALM_LIMIT_VALUE(limit: LimitName, book: TableRanges, figure: str = "value") -> float:
    """One figure of one limit in the best plan, such as its value or its shadow price.

    Parameters
    ----------
    figure : optional
        value (the default), opening, bound, headroom, utilisation, shadow_price, worth_of_one_unit, valid_from
        or valid_to.

    Returns
    -------
    A number; ratios are decimals.

    Examples
    --------
    =ALM_LIMIT_VALUE("LCR floor", Positions[#All], Limits[#All], Goals[#All], Settings[#All], Metrics[#All])
    """
    key = normalise_header(figure)
    if key not in LIMIT_FIGURES:
        known = ", ".join(LIMIT_FIGURES)
        text = f'figure "{shown(figure)}" is not known{suggest(key, LIMIT_FIGURES)}'
        cure = f"enter one of {known}"
        raise Refused(None, text, cure)
    records = {fold(record["limit"]): record for record in book.plan().table("LimitReport").records()}
    found = records.get(fold(limit))
    if found is None:
        hint = suggest(limit, [record["limit"] for record in records.values()])
        text = f'there is no limit "{shown(limit)}"{hint}'
        cure = "enter its name as in Limits"
        raise Refused(None, text, cure)
    if found[key] is None:
        text = f'limit "{shown(limit)}" has no {key} in this plan'
        cure = "=ALM_SHADOW_PRICES shows which have"
        raise Refused(None, text, cure)
    return float(found[key])


@formula("Model")
def ALM_EXPLAIN(book: TableRanges) -> Spill:
    """The best plan in sentences: what to do, what it earns, what binds and what relaxing it is worth.

    Returns
    -------
    One line of text per sentence; where there is no plan, why.

    Examples
    --------
    =ALM_EXPLAIN(Positions[#All], Limits[#All], Goals[#All], Settings[#All], Metrics[#All])
    """
    return lines(book.solve().messages)


@formula("Model")
def ALM_CONFLICTS(
    book: TableRanges,
    columns: ShownColumns = "kind, name, sense, bound, needed, unit, in_conflict, cell",
    headers: WithHeaders = True,
) -> Spill:
    """Which limits and bounds cannot hold together, and the cheapest way out.

    Returns
    -------
    One row per limit or bound in conflict, or one line that says that a plan exists.

    Examples
    --------
    =ALM_CONFLICTS(Positions[#All], Limits[#All], Goals[#All], Settings[#All], Metrics[#All])
    """
    result = book.solve()
    if result.status in WITH_PLAN:
        return lines(["A plan exists: no limits are in conflict."])
    table = result.tables.get("Conflicts")
    if table is None or not table.rows:
        return lines(result.messages or [f"The book is {result.status}."])
    return shown_columns(table, columns, headers)


@formula("Model")
def ALM_WHATIF(
    changes: Selection,
    book: TableRanges,
    columns: ShownColumns = "kind, name, base, changed, change, unit",
    headers: WithHeaders = True,
) -> Spill:
    """Everything in the best plan that changes when cells of the tables are changed.

    Parameters
    ----------
    changes
        Texts such as "Limits!LCR floor=110%" or "Positions!Mortgages.max=5200", one per row; or cell and new
        value in two columns.

    Returns
    -------
    One row per figure that differs: goal, limits, bounds, prices and positions.

    Examples
    --------
    =ALM_WHATIF("Limits!LCR floor=110%", Positions[#All], Limits[#All], Goals[#All], Settings[#All], Metrics[#All])
    """
    return shown_columns(book.plan(_changes(changes)).table("WhatIf"), columns, headers)


def _changes(cells: Selection) -> list[str]:
    """Return the changes of a range: texts with ``=`` in one column, or cell and new value in two."""
    if faults := cells.faults:
        refuse(faults)
    texts = []
    for r, row in enumerate(cells.rows):
        words = [shown_text(value) for value in row if value is not None]
        if len(words) > 2:
            raise Refused(cells.cell(r, 0), "a change has more than two cells", "give the cell and its new value")
        if words:
            texts.append("=".join(words))
    if not texts:
        message = "is empty"
        raise cells.fault(message, "enter a change such as Limits!LCR floor=110%")
    return texts
