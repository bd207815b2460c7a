"""The two instances of the article on allocating capital under a ceiling on risk-weighted assets (paper 002)."""

from collections.abc import Sequence

from workbooks.source.books.papers import Paper
from workbooks.source.books.solved import shipped
from workbooks.source.pages.frontier_page import FRONTIER, LOOKS, POINTS, SURFACE, WEIGHTS, Names, add_charts
from xlalm.app.verbs.frontier import frontier
from xlalm.app.verbs.solve import solve
from xlalm.app.verbs.surface import surface
from xlalm.app.verbs.weights import weights
from xlalm.domain.result import ResultTable

_LINE_COLUMNS = ("position", "side", "balance", "min", "max", "rate", "risk_weight")


def _lines(rows: Sequence[tuple[str, float, float, float, float, float]]) -> list[dict[str, object]]:
    keys = ("position", "balance", "min", "max", "rate", "risk_weight")
    return [{"side": "asset"} | dict(zip(keys, row, strict=True)) for row in rows]


def _limits(total: float, ceiling: float) -> list[dict[str, object]]:
    return [
        {
            "limit": "Capital",
            "left": "total_assets",
            "sense": "=",
            "right": f"{total:g}",
            "unit": "amount",
            "active": "yes",
            "role": "policy rule",
            "lens": "other",
            "text": "All the capital is allocated.",
            "source": "article, constraint on total capital",
        },
        {
            "limit": "RWA ceiling",
            "left": "rwa",
            "sense": "<=",
            "right": f"{ceiling:g}",
            "unit": "amount",
            "active": "yes",
            "role": "regulatory minimum",
            "lens": "capital",
            "text": "Risk-weighted assets stay below the ceiling.",
            "source": "article, constraint on RWA",
        },
        {
            "limit": "Capital adequacy",
            "left": "capital_adequacy",
            "sense": ">=",
            "right": "8%",
            "unit": "%",
            "active": "yes",
            "role": "regulatory minimum",
            "lens": "capital",
            "text": "Capital over risk-weighted assets is at least 8 %.",
            "source": "article, constraint on CAR",
        },
    ]


_METRICS = [
    {
        "metric": "capital_adequacy",
        "formula": "total_assets / rwa",
        "unit": "%",
        "lens": "capital",
        "description": "The article's ratio: all capital over risk-weighted assets",
    },
    {
        "metric": "return_on_rwa",
        "formula": "sum(rate) / rwa",
        "unit": "%",
        "lens": "profit",
        "description": "Return per unit of risk-weighted assets (RoRWA) of the portfolio",
    },
]
_GOALS = [{"goal": "Return", "formula": "sum(rate)", "direction": "max", "active": "yes"}]
_SECOND_GOAL = {"goal": "RWA", "formula": "rwa", "direction": "min", "active": "no"}  # for the weight sweep
_METHODS = (
    ("wfnlp_direct", "Max-min, direct"),
    ("wfnlp", "Max-min, published"),
    ("wfagp", "Weighted sum of satisfactions"),
)
_NAMES = Names(
    goal="Return",
    limit="RWA ceiling",
    second="Capital",
    unit="EUR billion",
    positions=("Retail Banking", "Corporate Lending", "Trading", "Mortgages", "SME Lending"),
    methods=_METHODS,
    limit_row=1,
    least=30.0,
)


def printed_run() -> Paper:
    """Return the run whose output the article prints."""
    return Paper(
        folder="rwa_allocation",
        title="Capital under an RWA ceiling: the printed run",
        positions=_lines(
            [
                ("Retail", 20, 5, 40, 0.08, 0.75),
                ("Corporate", 20, 5, 35, 0.12, 1.0),
                ("Sovereign", 20, 5, 30, 0.035, 0.0),
                ("Derivatives", 20, 0, 20, 0.15, 1.5),
                ("RealEstate", 20, 5, 30, 0.10, 1.0),
            ]
        ),
        position_columns=_LINE_COLUMNS,
        limits=_limits(100, 1250),
        goals=_GOALS,
        metrics=_METRICS,
        settings=[("currency", "JPY"), ("amount_unit", "billion"), ("as_of", "instance of the printed run")],
        amount=" (JPY billion)",
    )


def _results(paper: Paper) -> dict[str, ResultTable]:
    """Solve the article's table, follow its ceiling, and fill its 30 × 30 grid, bounds rescaled with capital."""
    methods = [name for name, _ in _METHODS]
    return shipped(
        solve(paper.tables),
        frontier(paper.tables, limit=_NAMES.limit),
        surface(
            paper.tables,
            limits=(_NAMES.limit, _NAMES.second),
            low=(280, 355),
            high=(570, 645),
            points=POINTS,
            scale_bounds=True,
        ),
        weights(paper.tables, methods=methods),
    )


def table_instance() -> Paper:
    """Return the instance that the article's text and table state; its opening is the allocation the text narrates."""
    return Paper(
        folder="rwa_allocation",
        title="Capital under an RWA ceiling: the article's table",
        positions=_lines(
            [
                ("Retail Banking", 30, 30, 150, 0.08, 0.35),
                ("Corporate Lending", 20, 20, 120, 0.12, 1.0),
                ("Trading", 80, 10, 80, 0.18, 2.0),
                ("Mortgages", 200, 40, 200, 0.06, 0.5),
                ("SME Lending", 100, 15, 100, 0.14, 0.75),
            ]
        ),
        position_columns=_LINE_COLUMNS,
        limits=_limits(500, 400),
        goals=[*_GOALS, _SECOND_GOAL],
        metrics=_METRICS,
        results=_results,
        sheets=(("Frontier", FRONTIER), ("Surface", SURFACE), ("Weights", WEIGHTS)),
        looks=LOOKS,
        charts=lambda book, sheet, places, results: add_charts(book, sheet, places, results, _NAMES),
        settings=[("currency", "EUR"), ("amount_unit", "billion"), ("as_of", "instance of the article's table")],
        amount=" (EUR billion)",
    )
