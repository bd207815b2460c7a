"""Excel's ``=ALM_…()`` formulas: each is one call into ``xlalm.app.formulas``.

xlwings imports this file as the module ``xlalm_udfs`` on Windows; elsewhere its decorators do nothing and the functions
are called with plain values. A formula is one function with a numpydoc docstring: the VBA wrapper, the help in Excel's
dialogue and ``docs/functions.md`` are made from its signature and docstring (``udfs.reference``). Annotations say
what an argument is read as: ``Cells`` a range, ``float``, ``str`` and ``bool`` one cell.
"""

import inspect
from collections.abc import Callable
from functools import partial, wraps
from typing import Any, get_args

import xlwings as xw
from xlwings.conversion import Accessor, Pipeline

from xlalm.app import formulas
from xlalm.app.formulas import Area, Rows
from xlalm.app.formulas import Selection as Cells

CATEGORY = "ALM"

_READERS: dict[type, Callable[[Cells], Any]] = {float: Cells.number, str: Cells.text, bool: Cells.flag}


class _CellsAccessor(Accessor):
    """xlwings' way from what Excel passes to ``Cells``: a range stays a range until its values are needed."""

    @classmethod
    def reader(cls, options: dict[str, Any]) -> Pipeline:
        def stage(context: Any) -> None:
            given, value = context.range, context.value
            read = (lambda: value) if given is None else (lambda: given.raw_value)
            context.value = Cells(options["argument"], read, partial(_area, given))

        return Pipeline([stage])


def _area(cells: xw.Range | None) -> Area | None:
    if cells is None:
        return None
    return Area(cells.sheet.book.name, cells.sheet.name, cells.row, cells.column, *cells.shape)


def formula(group: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Make a function a formula of a group: arguments read by annotation, failures marked, registered with xlwings."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        signature = inspect.signature(function)

        @wraps(function, assigned=("__module__", "__name__", "__qualname__", "__doc__"))
        def answer(*values: Any, **named: Any) -> Any:
            bound = whole.bind(*values, **named).arguments
            caller = bound.pop("caller", None)
            given = {name: Cells.of(name, value) for name, value in bound.items() if value is not None}
            try:
                return formulas.guarded(lambda: function(**_arguments(signature, given)), partial(_area, caller))
            finally:
                for cells in given.values():
                    cells.release()

        hidden = inspect.Parameter("caller", inspect.Parameter.POSITIONAL_OR_KEYWORD, default=None)
        whole = signature.replace(parameters=[*signature.parameters.values(), hidden])
        answer.__signature__ = whole  # type: ignore[attr-defined]
        answer.group = group  # type: ignore[attr-defined]
        registered = xw.func(category=CATEGORY)(answer)
        for name in signature.parameters:
            registered = xw.arg(name, _CellsAccessor, argument=name)(registered)
        return xw.arg("caller", "raw")(registered)

    return decorate


def _arguments(signature: inspect.Signature, given: dict[str, Cells]) -> dict[str, Any]:
    """Return the arguments as their annotations want them; one left out or pointing at a blank cell has its default."""
    read: dict[str, Any] = {}
    for name, parameter in signature.parameters.items():
        kinds = get_args(parameter.annotation) or (parameter.annotation,)
        cells = given.get(name, Cells.of(name, None))
        if parameter.default is not inspect.Parameter.empty and cells.is_left_out:
            continue
        read[name] = cells if Cells in kinds else _READERS[kinds[0]](cells)
    return read


# --- bonds ------------------------------------------------------------------------------------------------------------


@formula("Bonds")
def ALM_PRICE(years: float, rate: float, yld: float, redemption: float = 100.0, frequency: float = 1.0) -> float:
    """Clean price per 100 of a level-coupon bond; arguments as in Excel's PRICE, with years for its two dates.

    In the last coupon period the yield is compounded too, where Excel's PRICE takes simple interest.

    Parameters
    ----------
    years
        Years to maturity; what is left over a whole number of coupon periods comes first.
    rate
        Coupon rate per year, such as 5%.
    yld
        Yield per year, compounded as often as coupons are paid.
    redemption : optional
        What is paid at maturity per 100 of face value; 100 if left out.
    frequency : optional
        Coupons a year: 1, 2, 3, 4, 6 or 12; 1 if left out.

    Returns
    -------
    Price per 100 of face value, without accrued interest.

    Examples
    --------
    =ALM_PRICE(9.75, 5.75%, 6.5%, 100, 2)
    """
    return formulas.price(years, rate, yld, redemption, frequency)


@formula("Bonds")
def ALM_DURATION(years: float, coupon: float, yld: float, frequency: float = 1.0, kind: str = "macaulay") -> float:
    """Duration of a level-coupon bond in years; arguments as in Excel's DURATION, with years for its two dates.

    Parameters
    ----------
    years
        Years to maturity; what is left over a whole number of coupon periods comes first.
    coupon
        Coupon rate per year, such as 5%.
    yld
        Yield per year, compounded as often as coupons are paid.
    frequency : optional
        Coupons a year: 1, 2, 3, 4, 6 or 12; 1 if left out.
    kind : optional
        "macaulay" as Excel's DURATION, the default, or "modified" as its MDURATION; Positions holds the
        modified one.

    Returns
    -------
    Years.

    Examples
    --------
    =ALM_DURATION(8, 8%, 9%, 2, "modified")
    """
    return formulas.duration(years, coupon, yld, frequency, kind)


@formula("Bonds")
def ALM_CONVEXITY(years: float, coupon: float, yld: float, frequency: float = 1.0, kind: str = "modified") -> float:
    """Convexity of a level-coupon bond in years squared.

    Parameters
    ----------
    years
        Years to maturity; what is left over a whole number of coupon periods comes first.
    coupon
        Coupon rate per year, such as 5%.
    yld
        Yield per year, compounded as often as coupons are paid.
    frequency : optional
        Coupons a year: 1, 2, 3, 4, 6 or 12; 1 if left out.
    kind : optional
        "modified", the default: second derivative of the price over the price; or "macaulay": the same before
        discounting by one period squared.

    Returns
    -------
    Years squared.

    Examples
    --------
    =ALM_CONVEXITY(8, 8%, 9%, 2)
    """
    return formulas.convexity(years, coupon, yld, frequency, kind)


# --- measures ---------------------------------------------------------------------------------------------------------


@formula("Measures")
def ALM_DGAP(
    positions: Cells,
    durations: Cells | None = None,
    liabilities: Cells | None = None,
    liability_durations: Cells | None = None,
) -> float:
    """Duration gap: assets less liabilities, each at its modified duration, over total assets.

    Parameters
    ----------
    positions
        Positions table with its header row, such as Positions[#All]; or the balances of the assets without
        headers.
    durations : optional
        Modified durations of the assets in years. Leave out where positions has headers.
    liabilities : optional
        Balances of the liabilities, equity apart. Leave out where positions has headers.
    liability_durations : optional
        Modified durations of the liabilities in years. Leave out where positions has headers.

    Returns
    -------
    Years.

    Examples
    --------
    =ALM_DGAP(Positions[#All])
    """
    return formulas.duration_gap(positions, durations, liabilities, liability_durations)


@formula("Measures")
def ALM_CGAP(
    positions: Cells,
    convexities: Cells | None = None,
    liabilities: Cells | None = None,
    liability_convexities: Cells | None = None,
) -> float:
    """Convexity gap: assets less liabilities, each at its convexity, over total assets.

    Parameters
    ----------
    positions
        Positions table with its header row, such as Positions[#All]; or the balances of the assets without
        headers.
    convexities : optional
        Convexities of the assets in years squared. Leave out where positions has headers.
    liabilities : optional
        Balances of the liabilities, equity apart. Leave out where positions has headers.
    liability_convexities : optional
        Convexities of the liabilities in years squared. Leave out where positions has headers.

    Returns
    -------
    Years squared.

    Examples
    --------
    =ALM_CGAP(Positions[#All])
    """
    return formulas.convexity_gap(positions, convexities, liabilities, liability_convexities)


@formula("Measures")
def ALM_RWA(positions: Cells, risk_weights: Cells | None = None, other_rwa: float = 0.0) -> float:
    """Risk-weighted assets.

    Parameters
    ----------
    positions
        Positions table with its header row, such as Positions[#All]; or balances without headers.
    risk_weights : optional
        Risk weights, one per balance, such as 35%. Leave out where positions has headers.
    other_rwa : optional
        Risk-weighted assets for operational and market risk; 0 if left out.

    Returns
    -------
    Amount in the unit of the balances.

    Examples
    --------
    =ALM_RWA(C5:C20, E5:E20)
    """
    return formulas.rwa(positions, risk_weights, other_rwa)


@formula("Measures")
def ALM_CAPITAL_RATIO(
    positions: Cells,
    kind: str = "CET1",
    risk_weights: Cells | None = None,
    capital: Cells | None = None,
    other_rwa: float = 0.0,
) -> float:
    """Capital ratio: capital over risk-weighted assets.

    Parameters
    ----------
    positions
        Positions table with its header row, such as Positions[#All]; or balances of the assets without headers.
    kind : optional
        CET1, Tier1 or Total; CET1 if left out. With plain ranges the ratio is that of the capital given.
    risk_weights : optional
        Risk weights of the assets, one per balance. Leave out where positions has headers.
    capital : optional
        Capital, one or more amounts. Leave out where positions has headers.
    other_rwa : optional
        Risk-weighted assets for operational and market risk; 0 if left out.

    Returns
    -------
    Decimal: 0.14 is 14 %.

    Examples
    --------
    =ALM_CAPITAL_RATIO(Positions[#All], "Tier1")
    """
    return formulas.capital_ratio(positions, kind, risk_weights, capital, other_rwa)


@formula("Measures")
def ALM_LEVERAGE(positions: Cells, exposure_factors: Cells | None = None, tier1: Cells | None = None) -> float:
    """Leverage ratio: Tier 1 capital over the leverage exposure.

    Parameters
    ----------
    positions
        Positions table with its header row, such as Positions[#All]; or balances of the exposures without
        headers.
    exposure_factors : optional
        Leverage exposure per unit of each balance; 1 if left out. Leave out where positions has headers.
    tier1 : optional
        Tier 1 capital, one or more amounts. Leave out where positions has headers.

    Returns
    -------
    Decimal: 0.05 is 5 %.

    Examples
    --------
    =ALM_LEVERAGE(Positions[#All])
    """
    return formulas.leverage(positions, exposure_factors, tier1)


@formula("Measures")
def ALM_HQLA(positions: Cells, levels: Cells | None = None, haircuts: Cells | None = None) -> float:
    """Stock of high-quality liquid assets after haircuts, encumbrance and the caps of 40 % and 15 %.

    Parameters
    ----------
    positions
        Positions table with its header row, such as Positions[#All]; or balances of liquid assets without
        headers.
    levels : optional
        Level of each balance: 1, 2A or 2B. Leave out where positions has headers.
    haircuts : optional
        Haircut of each balance, such as 15%; 0 if left out. Leave out where positions has headers.

    Returns
    -------
    Amount in the unit of the balances.

    Examples
    --------
    =ALM_HQLA(Positions[#All])
    """
    return formulas.hqla(positions, levels, haircuts)


@formula("Measures")
def ALM_LCR(
    positions: Cells,
    levels: Cells | None = None,
    haircuts: Cells | None = None,
    outflows: Cells | None = None,
    outflow_rates: Cells | None = None,
    inflows: Cells | None = None,
    inflow_rates: Cells | None = None,
) -> float:
    """Liquidity coverage ratio: liquid assets over net outflows of 30 days, with all caps.

    Parameters
    ----------
    positions
        Positions table with its header row, such as Positions[#All]; or balances of liquid assets without
        headers.
    levels : optional
        Level of each balance: 1, 2A or 2B. Leave out where positions has headers.
    haircuts : optional
        Haircut of each balance, such as 15%; 0 if left out. Leave out where positions has headers.
    outflows : optional
        Balances that can run off, or outflows where outflow_rates is left out. Leave out where positions has
        headers.
    outflow_rates : optional
        Run-off of each balance; 1 if left out. Leave out where positions has headers.
    inflows : optional
        Balances that flow in; none if left out. Leave out where positions has headers.
    inflow_rates : optional
        Inflow of each balance; 1 if left out. Leave out where positions has headers.

    Returns
    -------
    Decimal: 1.1 is 110 %.

    Examples
    --------
    =ALM_LCR(Positions[#All])
    """
    return formulas.lcr(positions, levels, haircuts, outflows, outflow_rates, inflows, inflow_rates)


@formula("Measures")
def ALM_NSFR(
    positions: Cells,
    required_factors: Cells | None = None,
    funding: Cells | None = None,
    available_factors: Cells | None = None,
) -> float:
    """Net stable funding ratio: available over required stable funding.

    Parameters
    ----------
    positions
        Positions table with its header row, such as Positions[#All]; or balances of the assets without headers.
    required_factors : optional
        Required stable funding factor of each asset. Leave out where positions has headers.
    funding : optional
        Balances of liabilities and equity. Leave out where positions has headers.
    available_factors : optional
        Available stable funding factor of each of them. Leave out where positions has headers.

    Returns
    -------
    Decimal: 1.05 is 105 %.

    Examples
    --------
    =ALM_NSFR(Positions[#All])
    """
    return formulas.nsfr(positions, required_factors, funding, available_factors)


@formula("Measures")
def ALM_TURNOVER(positions: Cells, plan: Cells) -> float:
    """Turnover of a plan: the sum of all changes of balances, up and down.

    Parameters
    ----------
    positions
        Positions table with its header row, such as Positions[#All]; or opening balances without headers.
    plan
        Balances in the plan, one per position in the same order, such as Allocation[optimal].

    Returns
    -------
    Amount in the unit of the balances; off-balance positions do not count.

    Examples
    --------
    =ALM_TURNOVER(Positions[#All], Allocation[optimal])
    """
    return formulas.turnover(positions, plan)


@formula("Measures")
def ALM_CONCENTRATION(positions: Cells, names: Cells | None = None) -> float:
    """Funding concentration: the largest single name over total liabilities.

    Parameters
    ----------
    positions
        Positions table with its header row, such as Positions[#All]; or balances of the liabilities without
        headers.
    names : optional
        Name behind each balance; blank is granular. Leave out where positions has headers.

    Returns
    -------
    Decimal: 0.01 is 1 %.

    Examples
    --------
    =ALM_CONCENTRATION(Positions[#All])
    """
    return formulas.concentration(positions, names)


@formula("Measures")
def ALM_METRIC(
    formula: str,
    positions: Cells,
    metrics: Cells | None = None,
    settings: Cells | None = None,
    plan: Cells | None = None,
) -> float:
    """Any measure of the catalogue, or any formula of the formula language, over a Positions table.

    Parameters
    ----------
    formula
        A measure such as "lcr", or a formula such as "sum(rate, class = ""loan"") / total_assets".
    positions
        Positions table with its header row (position, side, balance, …), such as Positions[#All].
    metrics : optional
        Metrics table with its header row: named quantities that formulas use.
    settings : optional
        Settings table with its header row; every setting has a default.
    plan : optional
        Balances to value it at, one per position in the same order; the opening balances if left out.

    Returns
    -------
    A number in the unit of the measure; ratios are decimals.

    Examples
    --------
    =ALM_METRIC("nii_12m", Positions[#All])
    """
    return formulas.metric(formula, positions, metrics, settings, plan)


# --- the book solved --------------------------------------------------------------------------------------------------


@formula("Model")
def ALM_CHECK(
    positions: Cells,
    limits: Cells,
    goals: Cells,
    settings: Cells | None = None,
    metrics: Cells | None = None,
) -> Rows:
    """What is wrong in the tables, with cures, what a no-change plan scores and which limits fail already.

    Parameters
    ----------
    positions
        Positions table with its header row (position, side, balance, …), such as Positions[#All].
    limits
        Limits table with its header row, such as Limits[#All].
    goals
        Goals table with its header row: what is to be maximised or minimised.
    settings : optional
        Settings table with its header row; every setting has a default.
    metrics : optional
        Metrics table with its header row: named quantities that formulas use.

    Returns
    -------
    One line of text per finding.

    Examples
    --------
    =ALM_CHECK(Positions[#All], Limits[#All], Goals[#All])
    """
    book = formulas.Book(positions=positions, limits=limits, goals=goals, settings=settings, metrics=metrics)
    return formulas.check(book)


@formula("Model")
def ALM_SOLVE(
    positions: Cells,
    limits: Cells,
    goals: Cells,
    settings: Cells | None = None,
    metrics: Cells | None = None,
    columns: str | None = None,
    headers: bool = True,
) -> Rows:
    """The best plan within all limits: what each balance should be.

    Parameters
    ----------
    positions
        Positions table with its header row (position, side, balance, …), such as Positions[#All].
    limits
        Limits table with its header row, such as Limits[#All].
    goals
        Goals table with its header row: what is to be maximised or minimised.
    settings : optional
        Settings table with its header row; every setting has a default.
    metrics : optional
        Metrics table with its header row: named quantities that formulas use.
    columns : optional
        Columns to show, separated by commas; "position, side, opening, optimal, change, status" if left out.
    headers : optional
        FALSE leaves out the row of headers; TRUE if left out.

    Returns
    -------
    One row per position.

    Examples
    --------
    =ALM_SOLVE(Positions[#All], Limits[#All], Goals[#All])
    """
    book = formulas.Book(positions=positions, limits=limits, goals=goals, settings=settings, metrics=metrics)
    return formulas.allocation(book, columns, headers)


@formula("Model")
def ALM_SHADOW_PRICES(
    positions: Cells,
    limits: Cells,
    goals: Cells,
    settings: Cells | None = None,
    metrics: Cells | None = None,
    columns: str | None = None,
    headers: bool = True,
) -> Rows:
    """What one more unit of each limit is worth to the goal, and between which bounds that holds.

    Parameters
    ----------
    positions
        Positions table with its header row (position, side, balance, …), such as Positions[#All].
    limits
        Limits table with its header row, such as Limits[#All].
    goals
        Goals table with its header row: what is to be maximised or minimised.
    settings : optional
        Settings table with its header row; every setting has a default.
    metrics : optional
        Metrics table with its header row: named quantities that formulas use.
    columns : optional
        Columns to show, separated by commas; "limit, shadow_price, worth_of_one_unit, unit, valid_from,
        valid_to, next_limit" if left out.
    headers : optional
        FALSE leaves out the row of headers; TRUE if left out.

    Returns
    -------
    One row per limit; blank where a limit has no price.

    Examples
    --------
    =ALM_SHADOW_PRICES(Positions[#All], Limits[#All], Goals[#All])
    """
    book = formulas.Book(positions=positions, limits=limits, goals=goals, settings=settings, metrics=metrics)
    return formulas.shadow_prices(book, columns, headers)


@formula("Model")
def ALM_REDUCED_COSTS(
    positions: Cells,
    limits: Cells,
    goals: Cells,
    settings: Cells | None = None,
    metrics: Cells | None = None,
    columns: str | None = None,
    headers: bool = True,
) -> Rows:
    """What one more unit of each position's minimum or maximum is worth to the goal.

    Parameters
    ----------
    positions
        Positions table with its header row (position, side, balance, …), such as Positions[#All].
    limits
        Limits table with its header row, such as Limits[#All].
    goals
        Goals table with its header row: what is to be maximised or minimised.
    settings : optional
        Settings table with its header row; every setting has a default.
    metrics : optional
        Metrics table with its header row: named quantities that formulas use.
    columns : optional
        Columns to show, separated by commas; "position, status, reduced_cost, coefficient_low,
        coefficient_high" if left out.
    headers : optional
        FALSE leaves out the row of headers; TRUE if left out.

    Returns
    -------
    One row per position; 0 where its bounds do not hold it.

    Examples
    --------
    =ALM_REDUCED_COSTS(Positions[#All], Limits[#All], Goals[#All])
    """
    book = formulas.Book(positions=positions, limits=limits, goals=goals, settings=settings, metrics=metrics)
    return formulas.reduced_costs(book, columns, headers)


@formula("Model")
def ALM_BINDING(
    positions: Cells,
    limits: Cells,
    goals: Cells,
    settings: Cells | None = None,
    metrics: Cells | None = None,
    columns: str | None = None,
    headers: bool = True,
) -> Rows:
    """The limits that bind in the best plan.

    Parameters
    ----------
    positions
        Positions table with its header row (position, side, balance, …), such as Positions[#All].
    limits
        Limits table with its header row, such as Limits[#All].
    goals
        Goals table with its header row: what is to be maximised or minimised.
    settings : optional
        Settings table with its header row; every setting has a default.
    metrics : optional
        Metrics table with its header row: named quantities that formulas use.
    columns : optional
        Columns to show, separated by commas; "limit, value, sense, bound, worth_of_one_unit, unit, lens" if
        left out.
    headers : optional
        FALSE leaves out the row of headers; TRUE if left out.

    Returns
    -------
    One row per binding limit, or one line that says that none binds.

    Examples
    --------
    =ALM_BINDING(Positions[#All], Limits[#All], Goals[#All])
    """
    book = formulas.Book(positions=positions, limits=limits, goals=goals, settings=settings, metrics=metrics)
    return formulas.binding(book, columns, headers)


@formula("Model")
def ALM_LIMIT_VALUE(
    limit: str,
    positions: Cells,
    limits: Cells,
    goals: Cells,
    settings: Cells | None = None,
    metrics: Cells | None = None,
    figure: str = "value",
) -> float:
    """One figure of one limit in the best plan, such as its value or its shadow price.

    Parameters
    ----------
    limit
        Name of the limit as in Limits.
    positions
        Positions table with its header row (position, side, balance, …), such as Positions[#All].
    limits
        Limits table with its header row, such as Limits[#All].
    goals
        Goals table with its header row: what is to be maximised or minimised.
    settings : optional
        Settings table with its header row; every setting has a default.
    metrics : optional
        Metrics table with its header row: named quantities that formulas use.
    figure : optional
        value (the default), opening, bound, headroom, utilisation, shadow_price, worth_of_one_unit, valid_from
        or valid_to.

    Returns
    -------
    A number; ratios are decimals.

    Examples
    --------
    =ALM_LIMIT_VALUE("LCR floor", Positions[#All], Limits[#All], Goals[#All])
    """
    book = formulas.Book(positions=positions, limits=limits, goals=goals, settings=settings, metrics=metrics)
    return formulas.limit_value(book, limit, figure)


@formula("Model")
def ALM_EXPLAIN(
    positions: Cells, limits: Cells, goals: Cells, settings: Cells | None = None, metrics: Cells | None = None
) -> Rows:
    """The best plan in sentences: what to do, what it earns, what binds and what relaxing it is worth.

    Parameters
    ----------
    positions
        Positions table with its header row (position, side, balance, …), such as Positions[#All].
    limits
        Limits table with its header row, such as Limits[#All].
    goals
        Goals table with its header row: what is to be maximised or minimised.
    settings : optional
        Settings table with its header row; every setting has a default.
    metrics : optional
        Metrics table with its header row: named quantities that formulas use.

    Returns
    -------
    One line of text per sentence; where there is no plan, why.

    Examples
    --------
    =ALM_EXPLAIN(Positions[#All], Limits[#All], Goals[#All])
    """
    book = formulas.Book(positions=positions, limits=limits, goals=goals, settings=settings, metrics=metrics)
    return formulas.explain(book)


@formula("Model")
def ALM_CONFLICTS(
    positions: Cells,
    limits: Cells,
    goals: Cells,
    settings: Cells | None = None,
    metrics: Cells | None = None,
    columns: str | None = None,
    headers: bool = True,
) -> Rows:
    """Which limits and bounds cannot hold together, and the cheapest way out.

    Parameters
    ----------
    positions
        Positions table with its header row (position, side, balance, …), such as Positions[#All].
    limits
        Limits table with its header row, such as Limits[#All].
    goals
        Goals table with its header row: what is to be maximised or minimised.
    settings : optional
        Settings table with its header row; every setting has a default.
    metrics : optional
        Metrics table with its header row: named quantities that formulas use.
    columns : optional
        Columns to show, separated by commas; "kind, name, sense, bound, needed, unit, in_conflict, cell" if
        left out.
    headers : optional
        FALSE leaves out the row of headers; TRUE if left out.

    Returns
    -------
    One row per limit or bound in conflict, or one line that says that a plan exists.

    Examples
    --------
    =ALM_CONFLICTS(Positions[#All], Limits[#All], Goals[#All])
    """
    book = formulas.Book(positions=positions, limits=limits, goals=goals, settings=settings, metrics=metrics)
    return formulas.conflicts(book, columns, headers)


@formula("Model")
def ALM_WHATIF(
    changes: Cells,
    positions: Cells,
    limits: Cells,
    goals: Cells,
    settings: Cells | None = None,
    metrics: Cells | None = None,
    columns: str | None = None,
    headers: bool = True,
) -> Rows:
    """Everything in the best plan that changes when cells of the tables are changed.

    Parameters
    ----------
    changes
        Texts such as "Limits!LCR floor=110%" or "Positions!Mortgages.max=5200", one per row; or cell and new
        value in two columns.
    positions
        Positions table with its header row (position, side, balance, …), such as Positions[#All].
    limits
        Limits table with its header row, such as Limits[#All].
    goals
        Goals table with its header row: what is to be maximised or minimised.
    settings : optional
        Settings table with its header row; every setting has a default.
    metrics : optional
        Metrics table with its header row: named quantities that formulas use.
    columns : optional
        Columns to show, separated by commas; "kind, name, base, changed, change, unit" if left out.
    headers : optional
        FALSE leaves out the row of headers; TRUE if left out.

    Returns
    -------
    One row per figure that differs: goal, limits, bounds, prices and positions.

    Examples
    --------
    =ALM_WHATIF("Limits!LCR floor=110%", Positions[#All], Limits[#All], Goals[#All])
    """
    book = formulas.Book(positions=positions, limits=limits, goals=goals, settings=settings, metrics=metrics)
    return formulas.what_if(book, changes, columns, headers)


@formula("Model")
def ALM_FRONTIER(
    limit: str,
    positions: Cells,
    limits: Cells,
    goals: Cells,
    settings: Cells | None = None,
    metrics: Cells | None = None,
    low: float | None = None,
    high: float | None = None,
    columns: str | None = None,
    headers: bool = True,
) -> Rows:
    """How the best value of the goal moves with the bound of one limit, exactly, from takeover to takeover.

    Parameters
    ----------
    limit
        Name of the limit as in Limits.
    positions
        Positions table with its header row (position, side, balance, …), such as Positions[#All].
    limits
        Limits table with its header row, such as Limits[#All].
    goals
        Goals table with its header row: what is to be maximised or minimised.
    settings : optional
        Settings table with its header row; every setting has a default.
    metrics : optional
        Metrics table with its header row: named quantities that formulas use.
    low : optional
        First bound; a little before the first takeover if left out.
    high : optional
        Last bound; a little beyond the last takeover if left out.
    columns : optional
        Columns to show, separated by commas; "bound, objective, slope, event" if left out.
    headers : optional
        FALSE leaves out the row of headers; TRUE if left out.

    Returns
    -------
    One row per bound where something takes over, with the goal there and what one more unit of bound is worth.

    Examples
    --------
    =ALM_FRONTIER("RWA ceiling", Positions[#All], Limits[#All], Goals[#All])
    """
    book = formulas.Book(positions=positions, limits=limits, goals=goals, settings=settings, metrics=metrics)
    return formulas.frontier(book, limit, low, high, columns, headers)


# --- risk and several goals -------------------------------------------------------------------------------------------


@formula("Risk")
def ALM_VAR(
    amounts: Cells, data: Cells, confidence: float = 0.99, days: float = 10.0, method: str = "covariance"
) -> float:
    """Value at risk: what signed amounts lose at most with a confidence over a holding period.

    Parameters
    ----------
    amounts
        Signed amounts, one per position: assets positive, liabilities negative.
    data
        Covariances per day as a square range, or relative changes per day, one row a day, oldest first; columns in
        the order of the amounts.
    confidence : optional
        Such as 99%, which is taken if left out.
    days : optional
        Holding period in days; 10 if left out.
    method : optional
        covariance, monte_carlo (seeded: the same every time) or historical, which needs changes; covariance if left
        out.

    Returns
    -------
    Loss in the unit of the amounts, positive.

    Examples
    --------
    =ALM_VAR(B2:B5, Returns[[Sovereign bonds up to 2 years]:[Corporate bonds BBB]], 99%, 10, "historical")
    """
    return formulas.value_at_risk(amounts, data, confidence, days, method)


@formula("Risk")
def ALM_MEMBERSHIP(value: float, worst: float, ideal: float) -> float:
    """How satisfied a goal is: 0 at its worst level, 1 at its ideal, in proportion between (Zimmermann 1978).

    Parameters
    ----------
    value
        Value of the goal.
    worst
        Level that satisfies nobody.
    ideal
        Level of full satisfaction; below the worst where less is better.

    Returns
    -------
    Membership between 0 and 1.

    Examples
    --------
    =ALM_MEMBERSHIP(274.2, 258.7, 280)
    """
    return formulas.membership(value, worst, ideal)


# --- help -------------------------------------------------------------------------------------------------------------


@formula("Help")
def ALM_WHY(cell: Cells) -> str:
    """Why a cell with an ALM formula shows an error: what was read, what was wanted and the cure.

    Parameters
    ----------
    cell
        The cell that shows the error, such as A1.

    Returns
    -------
    One line; for a healthy cell it says so.

    Examples
    --------
    =ALM_WHY(A1)
    """
    return formulas.why(cell)


@formula("Help")
def ALM_VERSION() -> str:
    """Version of xlalm that computes these formulas.

    Returns
    -------
    Version number as text.

    Examples
    --------
    =ALM_VERSION()
    """
    return formulas.version()
