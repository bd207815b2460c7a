"""The two-goal model of the article on fuzzy asset–liability management (paper 001), with limits of our own.

The article never publishes its limits k1 … k10 nor its rate changes; those here are ours. Balances of fixed lines,
rates, durations and convexities are as its Tables 1 to 4 print them.
"""

from workbooks.source.books.papers import Paper
from workbooks.source.books.solved import shipped
from workbooks.source.pages.fuzzy_pages import LOOKS, WEIGHTS, add_pages
from xlalm.app.verbs.solve import solve
from xlalm.app.verbs.weights import weights
from xlalm.domain.result import ResultTable
from xlalm.schema.tables import Column

_COLUMNS = ("position", "side", "balance", "min", "max", "fixed", "rate", "duration", "convexity")
_EXTRA = (
    Column("item", "text", description="Item of the article: X1 … X6 are assets, Y1 … Y5 liabilities"),
    Column("within_month", "text", description="yes: matures or is repaid within one month"),
)
_KEYS = ("position", "item", "within_month", "balance", "max", "rate", "duration", "convexity")
# a blank max marks a fixed line; the openings of the others are ours, chosen to balance
_LINES = (
    ("Cash (X1)", "X1", "yes", 4550, None, 0, 0, 0),
    ("Balances with banks (X2)", "X2", "yes", 5500, None, 0.0018, 0, 0),
    ("Investments within a month (X31)", "X3", "yes", 20000, 200000, 0.0048, 1, 2),
    ("Investments beyond (X32)", "X3", "no", 20000, 200000, 0.0052, 11.66, 150.19),
    ("Loans within a month (X41)", "X4", "yes", 30000, 200000, 0.00465, 1, 2),
    ("Loans beyond, first (X42)", "X4", "no", 10000, 200000, 0.0047, 5.93, 41.35),
    ("Loans beyond, second (X43)", "X4", "no", 5000, 200000, 0.00495, 11.23, 150.462),
    ("Fixed assets (X5)", "X5", "no", 1100, None, 0, 0, 0),
    ("Other assets (X6)", "X6", "no", 300, None, 0, 0, 0),
    ("Capital (Y1)", "Y1", "no", 9000, None, 0, 0, 0),
    ("Reserves (Y2)", "Y2", "no", 4000, None, 0.0021, 0, 0),
    ("Deposits within a month (Y31)", "Y3", "yes", 20000, 200000, 0.0009, 1, 2),
    ("Deposits beyond, first (Y32)", "Y3", "no", 40000, 200000, 0.001605, 3, 11.97),
    ("Deposits beyond, second (Y33)", "Y3", "no", 3050, 200000, 0.001875, 12, 153.87),
    ("Borrowings beyond, first (Y41)", "Y4", "no", 15000, 200000, 0.00195, 11.87, 153.79),
    ("Borrowings beyond, second (Y42)", "Y4", "no", 5000, 200000, 0.00235, 23.36, 578.82),
    ("Other liabilities (Y5)", "Y5", "no", 400, None, 0, 0, 0),
)
_SHORT_ASSETS = 'total(item in ("X1", "X2")) + total(item in ("X3", "X4") and within_month = "yes")'
_SHORT_FUNDING = 'total(item in ("Y3", "Y4") and within_month = "yes")'
# name, left side, sense, bound, the sentence
_LIMITS = (
    ("10: net liquid assets", f"({_SHORT_ASSETS} - {_SHORT_FUNDING}) / total_assets", ">=", 0.6, "k1"),
    ("11: current ratio", f"({_SHORT_ASSETS}) / {_SHORT_FUNDING}", ">=", 2.0, "k2"),
    ("12: short funding to capital", f'{_SHORT_FUNDING} / opening(position("Capital (Y1)"))', "<=", 5.0, "k3"),
    ("13: deposits to borrowings", 'total(item = "Y3") / total(item = "Y4")', "<=", 2.0, "k4"),
    ("14: loans to deposits", 'total(item = "X4") / total(item = "Y3")', "<=", 1.2, "k5"),
    ("15: capital to assets", 'position("Capital (Y1)") / total_assets', "<=", 0.1, "k6"),
    ("16: earning assets", 'total(item in ("X2", "X3", "X4")) / total(item in ("Y3", "Y4"))', ">=", 1.05, "k7"),
    ("17: investments", 'total(item = "X3") / total_assets', "<=", 0.35, "k8"),
    ("18: loans", 'total(item = "X4") / total_assets', "<=", 0.55, "k9"),
    ("19: rate risk", "rate_risk", ">=", 0.0, "zero; printed as a strict inequality, which has no optimum"),
    ("20: convexity", "net(convexity)", ">=", 0.0, "zero"),
)
_RETURN = (
    '(net(rate) + total(item in ("X1", "X5", "X6")) - total(item in ("Y1", "Y5"))) / opening(position("Capital (Y1)"))'
)


def _results(paper: Paper) -> dict[str, ResultTable]:
    return shipped(solve(paper.tables), weights(paper.tables))


def fuzzy_alm() -> Paper:
    """Return the article's model with the limits that are ours."""
    lines = []
    for row in _LINES:
        line: dict[str, object] = dict(zip(_KEYS, row, strict=True))
        line["side"] = "asset" if row[1].startswith("X") else "equity" if row[1] == "Y1" else "liability"
        line["fixed"] = "yes" if line["max"] is None else "no"
        line["max"] = line["max"] or line["balance"]
        line["min"] = line["balance"] if line["fixed"] == "yes" else 0
        lines.append(line)
    return Paper(
        folder="fuzzy_alm",
        title="Return against rate risk: a bank with two goals",
        positions=lines,
        position_columns=_COLUMNS,
        limits=[
            {
                "limit": name,
                "left": left,
                "sense": sense,
                "right": f"{bound:.0%}" if bound else "0",
                "unit": "%" if bound else "amount",
                "active": "yes",
                "role": "policy rule",
                "lens": "irrbb" if name.startswith(("19", "20")) else "liquidity",
                "text": f"Constraint ({name.partition(':')[0]}) of the article; the bound is {source}.",
                "source": "article; bound ours",
            }
            for name, left, sense, bound, source in _LIMITS
        ],
        goals=[
            {
                "goal": "Return on equity",
                "formula": "return_printed",
                "direction": "max",
                "weight": 0.5,
                "active": "yes",
            },
            {"goal": "Rate risk", "formula": "rate_risk", "direction": "min", "weight": 0.5, "active": "yes"},
        ],
        metrics=[
            {
                "metric": "return_printed",
                "formula": _RETURN,
                "unit": "%",
                "lens": "profit",
                "description": "Equation (8) as printed; add 1 for the reading without capital in the sum",
            },
            {
                "metric": "rate_risk",
                "formula": "0 - 0.0001 * net(duration)",
                "unit": "amount",
                "lens": "irrbb",
                "description": "Equation (9): liabilities less assets at duration, for one basis point",
            },
        ],
        settings=[
            ("method", "fnlp"),
            ("currency", "INR"),
            ("amount_unit", "units"),
            ("as_of", "instance of our own"),
        ],
        extra=_EXTRA,
        results=_results,
        sheets=(("Weights", WEIGHTS),),
        looks=LOOKS,
        charts=add_pages,
        widths={"position": 32},
        amount=" (units of the article)",
    )
