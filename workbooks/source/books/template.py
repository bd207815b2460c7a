"""The ALCO template: a mid-size commercial bank with its limits, goals, scenarios and actions, ready to be solved."""

from collections.abc import Mapping
from pathlib import Path

from xlsxwriter.worksheet import Worksheet

from workbooks.source.books.data import POSITION_COLUMNS, return_columns, rows
from workbooks.source.look.look import GREY, NAVY, Book
from workbooks.source.look.results import COEFFICIENTS, INPUT_STATE, LIMIT_WIDTHS, NO_FINDINGS, add_results
from workbooks.source.look.tables import Place, place_input
from workbooks.source.pages.analysis import add_analysis
from workbooks.source.pages.dashboard import add_charts, add_dashboard, name_the_bank
from workbooks.source.pages.factors_sheet import add_factors
from workbooks.source.pages.functions_sheet import add_functions
from workbooks.source.pages.guide import add_guide
from xlalm.domain.cells import column_letters

_HEADER = 4


def build(path: Path) -> None:
    """Write the template, not solved."""
    book = Book(path, "xlalm ALCO template")
    dashboard = add_dashboard(book)
    analysis = book.sheet("Analysis", tab=NAVY, gridlines=False)
    _positions(book)
    _limits(book)
    settings = _goals(book)
    _scenarios(book)
    _behaviour(book)
    _actions(book)
    _markets(book)
    _returns(book)
    places = add_results(book, "Results", _RESULTS)
    add_analysis(book, analysis)
    add_guide(book)
    add_functions(book)
    add_factors(book)
    values = {str(row["setting"]): row["value"] for row in rows("Settings")}
    names = list(values)
    column = column_letters(settings.column + 2)
    cells = {name: f"Goals!${column}${settings.row + 2 + names.index(name)}" for name in names}
    name_the_bank(book, dashboard, cells, values)
    add_charts(book, dashboard, places)
    dashboard.activate()
    book.close()


def _sheet(book: Book, name: str, text: str) -> Worksheet:
    sheet = book.sheet(name)
    book.heading(sheet, name, text)
    sheet.freeze_panes(_HEADER + 1, 1)
    sheet.repeat_rows(_HEADER)
    return sheet


def _positions(book: Book) -> None:
    text = "One row is one line of the balance sheet. Blue cells are inputs; the + above opens the advanced columns."
    sheet = _sheet(book, "Positions", text)
    lines = rows("Positions")
    widths = {"position": 34, "segment": 13, "class": 12, "counterparty": 20, "side": 11}
    widths |= {"lcr_item": 40, "nsfr_item": 40, "risk_weight_item": 34, "ccf_item": 34}
    place_input(book, sheet, "Positions", lines, row=_HEADER, extra=POSITION_COLUMNS, widths=widths, collapse=True)
    _balance_check(book, sheet, lines)


def _balance_check(book: Book, sheet: Worksheet, lines: list[dict[str, object]]) -> None:
    """Write the sums of both sides above the table: formulas with their values stored."""
    sums = {side: sum(float(str(r["balance"])) for r in lines if r["side"] == side) for side in _SIDES}
    funding = sums["liability"] + sums["equity"]
    one = 'SUMIFS(Positions[Balance],Positions[Side],"{}")'
    shown = (
        ("Assets", "=" + one.format("asset"), sums["asset"]),
        ("Funding", f"={one.format('liability')}+{one.format('equity')}", funding),
        (
            "Difference",
            f"={one.format('asset')}-{one.format('liability')}-{one.format('equity')}",
            sums["asset"] - funding,
        ),
    )
    label = book.format(font_color=GREY, align="right")
    number = book.format(bold=True, num_format="#,##0.0")
    for at, (text, formula, value) in enumerate(shown):
        sheet.write_string(2, 1 + 2 * at, text, label)
        sheet.write_formula(2, 2 + 2 * at, formula, number, value)


_SIDES = ("asset", "liability", "equity")


def _limits(book: Book) -> None:
    text = "Regulatory minima, the bank's own buffers above them, and policy rules. Left and right are text: see Guide."
    sheet = _sheet(book, "Limits", text)
    widths = {"limit": 34, "left": 26, "right": 24, "sense": 8, "unit": 9, "role": 18, "text": 44, "owner": 14}
    widths |= {"scenario": 10, "source": 27, "early_warning": 10, "active": 8, "hard": 7, "lens": 10, "penalty": 9}
    place_input(book, sheet, "Limits", rows("Limits"), row=_HEADER, widths=widths)


def _goals(book: Book) -> Place:
    text = "What is pursued, how, and the bank's own measures. One goal is active; the others are reported."
    sheet = _sheet(book, "Goals", text)
    widths = {"goal": 22, "formula": 22, "unit": 14, "direction": 9, "weight": 8, "active": 8}
    goals = place_input(book, sheet, "Goals", rows("Goals"), row=_HEADER, widths=widths)
    widths = {"setting": 20, "value": 22}
    settings = place_input(
        book, sheet, "Settings", rows("Settings"), row=_HEADER, column=goals.next_column, widths=widths
    )
    widths = {"metric": 20, "formula": 58, "description": 72, "unit": 9}
    metrics = place_input(
        book, sheet, "Metrics", rows("Metrics"), row=_HEADER, column=settings.next_column, widths=widths
    )
    _captions(book, sheet, {"Goals": goals, "Settings": settings, "Metrics": metrics})
    _print_apart(sheet, metrics)
    return settings


def _captions(book: Book, sheet: Worksheet, places: dict[str, Place]) -> None:
    for text, place in places.items():
        book.caption(sheet, _HEADER - 1, place.column, text)


def _print_apart(sheet: Worksheet, place: Place) -> None:
    """Begin a page with a table that would otherwise make the print too small to read."""
    sheet.set_print_scale(80)
    sheet.set_v_pagebreaks([place.column])


def _tables(
    book: Book, name: str, text: str, *tables: tuple[str, Mapping[str, float]]
) -> tuple[Worksheet, dict[str, Place]]:
    """Add a sheet with tables side by side, each (name, widths of its columns)."""
    sheet = _sheet(book, name, text)
    places: dict[str, Place] = {}
    column = 0
    for table, widths in tables:
        places[table] = place_input(book, sheet, table, rows(table), row=_HEADER, column=column, widths=widths)
        column = places[table].next_column
    _captions(book, sheet, places)
    return sheet, places


def _scenarios(book: Book) -> None:
    text = "The six shocks of the interest-rate standard, the base and a liquidity stress, and what each changes."
    effects = {"scenario": 18, "filter": 52, "column": 14, "operation": 11}
    _tables(book, "Scenarios", text, ("Scenarios", {"scenario": 20, "shock": 15}), ("ScenarioEffects", effects))


def _behaviour(book: Book) -> None:
    sheet = _sheet(
        book, "Behaviour", "How customers behave: the median and the quartiles of each parameter, never one point."
    )
    place_input(
        book, sheet, "Behaviour", rows("Behaviour"), row=_HEADER, widths={"product": 32, "parameter": 18, "source": 26}
    )


def _actions(book: Book) -> None:
    text = "The playbook: pre-approved actions with their size, window and expiry, and what one unit of each changes."
    actions = {"action": 38, "family": 18, "window": 19, "approved_by": 18, "expires": 12}
    legs = {"action": 38, "position": 34, "column": 12}
    sheet, places = _tables(book, "Actions", text, ("Actions", actions), ("ActionLegs", legs))
    _print_apart(sheet, places["ActionLegs"])


def _markets(book: Book) -> None:
    text = "Zero curves, exchange rates and covariances; illustrative, replace them with the day's."
    names = {"position": 30, "with": 30, "covariance": 14}
    _tables(book, "Markets", text, ("Curves", {"curve": 16}), ("FX", {}), ("Covariances", names))


def _returns(book: Book) -> None:
    text = "Daily changes in value for value at risk by history and its backtest; invented, replace them with your own."
    columns = return_columns()
    widths = {"date": 12.0} | {column.key: 16.0 for column in columns}
    sheet = _sheet(book, "Returns", text)
    place_input(book, sheet, "Returns", rows("Returns"), row=_HEADER, extra=columns, widths=widths)
    sheet.set_print_scale(65)


_RESULTS: tuple[tuple[str, str, dict[str, float]], ...] = (
    ("Allocation", "Balances before and after", {"position": 34, "side": 11, "status": 12} | COEFFICIENTS),
    (
        "LimitReport",
        "Limits, with what relaxing each is worth",
        LIMIT_WIDTHS,
    ),
    ("MetricReport", "Measures", {"metric": 28}),
    ("GoalReport", "Goals", {"goal": 24}),
    ("TopChanges", "Largest changes (chart)", {"position": 34}),
    ("Utilisations", "Use of limits (chart)", {"limit": 34}),
    ("TopPrices", "Worth of limits (chart)", {"limit": 34, "per": 20}),
    ("RunInfo", "The run and its proof", {"item": 28, "value": 70}),
    ("Findings", NO_FINDINGS, {"severity": 10, "cell": 16, "text": 60, "cure": 50}),
    ("InputState", INPUT_STATE, {"table": 18, "numbers": 14, "texts": 18}),
)
