"""The pages of paper 001 beyond its model: the weight sweep as charts, and Tables 3 to 6 as printed and as computed."""

from collections.abc import Mapping, Sequence
from typing import Any

import attrs
from xlsxwriter.worksheet import Worksheet

from workbooks.source.look.charts import Curve, column_of, curve_chart
from workbooks.source.look.look import AMBER, GREEN, GREY, NAVY, RED, RED_FILL, STEEL, Book
from workbooks.source.look.results import ResultSheet
from workbooks.source.look.tables import Place, place_result
from xlalm.domain.result import ResultTable

WEIGHTS: ResultSheet = (
    (
        "WeightSweep",
        "Table 6: what each method reaches by weight; first return on equity, then rate risk",
        {"weights": 14},
    ),
    ("Payoff", "What each goal reaches where one of them is best", {"solved_for": 22}),
)
LOOKS = {
    "WeightSweep": {"leading_weight": {"num_format": "0.0"}},
    "Payoff": {"Return on equity": {"num_format": "0.00%"}, "Rate risk": {"num_format": "0.0000"}},
}
METHODS = (
    ("wfnlp", "FNLP with weights", NAVY),
    ("wfnlp_direct", "the same, direct", STEEL),
    ("wfagp", "FAGP with weights", GREEN),
    ("weighted_sum", "WS", AMBER),
    ("weighted_sum_normalised", "WS of normalised goals", RED),
)
"""Methods of the sweep, as the article calls them, and their colours."""
for _method, _, _ in METHODS:
    LOOKS["WeightSweep"] |= {f"{_method}: Return on equity": {"num_format": "0.00%"}}
    LOOKS["WeightSweep"] |= {f"{_method}: Rate risk": {"num_format": "0.0000"}}


@attrs.frozen
class Bond:
    """A line of Tables 3 and 4: months to maturity, monthly rate, printed duration and convexity."""

    item: str
    months: int
    rate: float
    duration: str
    convexity: str


_BONDS = (
    Bond("X31", 1, 0.0048, "1", "2"),
    Bond("X32", 12, 0.0052, "11.66", "150.19"),
    Bond("X41", 1, 0.00465, "1", "2"),
    Bond("X42", 6, 0.0047, "5.93", "41.35"),
    Bond("X43", 12, 0.00495, "11.23", "150.462"),
    Bond("Y31", 1, 0.0009, "1", "2"),
    Bond("Y32", 3, 0.001605, "3.00", "11.97"),
    Bond("Y33", 12, 0.001875, "12.00", "153.87"),
    Bond("Y41", 12, 0.00195, "11.87", "153.79"),
    Bond("Y42", 24, 0.00235, "23.36", "578.82"),
)
# where printed, method, return on equity, duration gap
_PRINTED = (
    ("Table 5", "FNLP", 0.64869, 11.258452),
    ("Table 5", "FAGP", 0.64861, 0.0446),
    ("Table 5", "WS", 0.6116, 21.26),
    ("Table 6, .2/.8", "FNLP", 0.648749, 23.0957847),
    ("Table 6, .2/.8", "FAGP", 0.61432, 0.01252),
    ("Table 6, .2/.8", "WS", 0.5926, 18.3587),
    ("Table 6, .4/.6", "FNLP", 0.648691, 10.842221),
    ("Table 6, .4/.6", "FAGP", 0.63879, 0.0789),
    ("Table 6, .4/.6", "WS", 0.60357, 20.01252),
    ("Table 6, .6/.4", "FNLP", 0.631748, 0.05168),
    ("Table 6, .6/.4", "FAGP", 0.64978, 11.2373491),
    ("Table 6, .6/.4", "WS", 0.61897, 23.045),
    ("Table 6, .8/.2", "FNLP", 0.60779, 0.01854),
    ("Table 6, .8/.2", "FAGP", 0.65001, 24.512613),
    ("Table 6, .8/.2", "WS", 0.63357, 27.7621),
)
_SHEET = "Tables 3 to 6"
_WORDY = {"Verdict", "Method", "Dominated by"}
_POINTS = 18  # 0-based header row of the printed points


def duration_and_convexity(rate: float, months: int) -> tuple[float, float]:
    """Return Σ t·PV/P in months and Σ (t² + t)·PV/P of a bond at par with interest each month."""
    flows = [rate + (1.0 if t == months else 0.0) for t in range(1, months + 1)]
    values = [flow / (1.0 + rate) ** t for t, flow in enumerate(flows, start=1)]
    price = sum(values)
    return (
        sum(t * value for t, value in enumerate(values, start=1)) / price,
        sum((t * t + t) * value for t, value in enumerate(values, start=1)) / price,
    )


def dominated_by(place: int) -> str:
    """Return a printed point that has more return at no more risk, if there is one."""
    _, _, own_return, own_risk = _PRINTED[place]
    for where, method, value, risk in _PRINTED:
        if value >= own_return and risk <= own_risk and (value, risk) != (own_return, own_risk):
            return f"{method}, {where}"
    return ""


def add_pages(book: Book, sheet: Worksheet, places: Mapping[str, Place], results: Mapping[str, ResultTable]) -> None:
    """Fill the page of charts, and add the page of the article's tables."""
    _tables(book, results)
    book.heading(sheet, "Return against rate risk by weight", column=1)
    hint = "To refresh press Weight sweep, or run:  xlalm weights <this file>"
    sheet.write_string(1, 1, hint, book.format(font_color=GREY, italic=True))
    for column, width in enumerate((1.5, 92, 1.5, 92)):
        sheet.set_column(column, column, width)
    looks = {"says": {"text_wrap": True, "font_size": 9.5, "valign": "top"}}
    result = results.get("WeightSweepRun")
    place_result(book, sheet, "WeightSweepRun", row=3, column=1, keys=("says",), looks=looks, result=result)
    sheet.set_row_pixels(4, 96)
    place = places["WeightSweep"]
    weight: dict[str, Any] = {"x_title": "Weight of return", "x_format": "0.0"}
    value: dict[str, Any] = {"y_title": "Return, equation (8)", "y_format": "0.0%", "least": -0.36}
    risk = "Rate risk for 1 bp"
    plane: dict[str, Any] = {"x_title": risk, "x_format": "0"} | value
    printed: dict[str, Any] = {"x_title": "DGAP as printed", "x_format": "0", "y_title": "ROE as printed"}
    printed |= {"y_format": "0%", "least": 0.58}
    charts = (
        curve_chart(book, "Return on equity by its weight", _by_weight(place, 0), **weight, **value),
        curve_chart(book, "Rate risk by the weight of return", _by_weight(place, 1), **weight, y_title=risk),
        curve_chart(book, "Where the methods come out: more return costs more risk", _plane(place), **plane),
        curve_chart(book, "The points of Tables 5 and 6: ten of fifteen are dominated", _printed_points(), **printed),
    )
    for at, chart in enumerate(charts):
        chart.set_size({"width": 640, "height": 330})
        options = {"x_offset": 0, "y_offset": at // 2 * 338, "object_position": 2}
        sheet.insert_chart(6, 1 + 2 * (at % 2), chart, options)
    sheet.print_area(0, 0, 6 + 2 * 338 // 17 + 1, 3)
    sheet.fit_to_pages(1, 1)


def _by_weight(place: Place, goal: int) -> list[Curve]:
    x, dashes = column_of("Weights", place, 1), ("solid", "solid", "solid", "solid", "dash")
    return [
        Curve(name, x, column_of("Weights", place, 2 + 2 * at + goal), colour, marker="circle", dash=dashes[at])
        for at, (_, name, colour) in enumerate(METHODS)
    ]


def _plane(place: Place) -> list[Curve]:
    return [
        Curve(
            name,
            column_of("Weights", place, 3 + 2 * at),
            column_of("Weights", place, 2 + 2 * at),
            colour,
            marker=("circle", "square", "diamond", "triangle", "x")[at],
            only_marker=True,
        )
        for at, (_, name, colour) in enumerate(METHODS)
    ]


def _printed_points() -> list[Curve]:
    first, last = _POINTS + 1, _POINTS + len(_PRINTED)
    x: list[str | int] = [_SHEET, first, 3, last, 3]
    return [
        Curve("dominated by another", x, [_SHEET, first, 6, last, 6], RED, marker="x", only_marker=True),
        Curve("not dominated", x, [_SHEET, first, 5, last, 5], NAVY, marker="circle", only_marker=True),
    ]


# --- the article's tables ------------------------------------------------------------------------------


def _tables(book: Book, results: Mapping[str, ResultTable]) -> None:
    sheet = book.sheet(_SHEET, tab=STEEL, gridlines=False)
    book.heading(sheet, "Tables 3 to 6 of the article", "As printed, and as they can be computed.")
    for column, width in enumerate((18, 11, 14, 14, 30, 14, 14, 2, 16, 13, 13, 13, 13, 13, 13)):
        sheet.set_column(column, column, width)
    book.caption(sheet, 2, 0, "Tables 3 and 4: a bond at par with interest each month, in months")
    texts = ("Item", "Months", "Duration", "Printed", "Verdict", "Convexity", "Printed")
    _line(book, sheet, 3, texts, heading=True)
    for row, bond in enumerate(_BONDS, start=4):
        found = duration_and_convexity(bond.rate, bond.months)
        wrong = [
            name
            for name, value, printed in zip(
                ("duration", "convexity"), found, (bond.duration, bond.convexity), strict=True
            )
            if abs(value - float(printed)) >= 10.0 ** -len(printed.partition(".")[2])
        ]
        verdict = f"misprint: {' and '.join(wrong)}" if wrong else "matches"
        _line(book, sheet, row, (bond.item, bond.months, found[0], bond.duration, verdict, found[1], bond.convexity))
    book.caption(sheet, _POINTS - 1, 0, "Tables 5 and 6 as printed: no limits could give all these points")
    heads = ("Printed in", "Method", "ROE", "DGAP", "Dominated by", "Not dominated", "Dominated")
    _line(book, sheet, _POINTS, heads, heading=True)
    percent = book.cell(num_format="0.00%", align="right")
    for at, (where, method, value, risk) in enumerate(_PRINTED):
        row, other = _POINTS + 1 + at, dominated_by(at)
        _line(book, sheet, row, (where, method, None, risk, other or "no other"))
        sheet.write_number(row, 2, value, percent)
        for column, shown in ((5, not other), (6, bool(other))):
            look = book.cell(num_format="0.00%", align="right", bg_color=RED_FILL) if column == 6 and shown else percent
            sheet.write(row, column, value if shown else None, look)
    _computed(book, sheet, results)
    sheet.fit_to_pages(1, 1)


def _computed(book: Book, sheet: Worksheet, results: Mapping[str, ResultTable]) -> None:
    """Write Tables 5 and 6 with our limits, laid out as the article does."""
    book.caption(sheet, 2, 8, "Tables 5 and 6 with our limits, as shipped; the sheet Weights follows every run")
    methods = (("wfnlp", "FNLP"), ("wfagp", "FAGP"), ("weighted_sum", "WS"))
    names = [f"{text} {figure}" for _, text in methods for figure in ("ROE", "risk")]
    _line(book, sheet, 3, ("Weights", *names), heading=True, column=8)
    sweep = {record["leading_weight"]: record for record in results["WeightSweep"].records()}
    shown = [("equal", 0.5), *((f"{w:.1f} / {1 - w:.1f}", w) for w in (0.2, 0.4, 0.6, 0.8))]
    for row, (text, weight) in enumerate(shown, start=4):
        record = sweep[weight]
        sheet.write_string(row, 8, text, book.cell())
        for at, (method, _) in enumerate(methods):
            for down, (goal, code) in enumerate((("Return on equity", "0.00%"), ("Rate risk", "0.0000"))):
                look = book.cell(num_format=code, align="right")
                sheet.write_number(row, 9 + 2 * at + down, record[f"{method}: {goal}"], look)
    notes = (
        "ROE is equation (8) as printed, with capital in the sum; add 100 % for the reading without it.",
        "More weight on return gives FNLP less return: weight·μ ≥ λ satisfies the heavier goal less.",
        "FAGP gives it more, and jumps from corner to corner, as a sum of linear goals does.",
        "WS adds a share and an amount, so that rate risk decides at every weight shown.",
        "No method beats another in both goals: every point here is Pareto-optimal.",
    )
    for row, note in enumerate(notes, start=10):
        sheet.write_string(row, 8, note, book.format(font_color=GREY))


def _line(
    book: Book, sheet: Worksheet, row: int, values: Sequence[object], *, heading: bool = False, column: int = 0
) -> None:
    """Write one row; texts other than the first stand to the left, a little away, figures to the right."""
    for at, value in enumerate(values, start=column):
        look: dict[str, Any] = {}
        if at > column:
            words = str(value) in _WORDY if heading else isinstance(value, str) and not value.replace(".", "").isdigit()
            look = {"align": "left", "indent": 1} if words else {"align": "right"}
        if heading:
            sheet.write_string(row, at, str(value), book.header(**look))
        elif isinstance(value, str):
            sheet.write_string(row, at, value, book.cell(**look))
        else:
            code = "0" if isinstance(value, int) else "#,##0.000"
            sheet.write(row, at, value, book.cell(num_format=code, **look))
