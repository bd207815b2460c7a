"""The business plan of a bank of Book III as a linear program, corrected (paper 003): 180 variables, and 830."""

import csv
from pathlib import Path

from workbooks.source.books.papers import Paper
from xlalm.schema.tables import Column

FAMILIES = {"A": "x", "B": "y", "C": "alpha", "D": "beta", "E": "gamma"}
"""LINGO's letters and the paper's symbols."""

MOST = 23.01
"""Constraint (6): no line can be larger than the whole book."""

_RATE_STEP = 0.0005

_EXTRA = (
    Column("family", "text", description="Symbol of the paper: x, y, alpha, beta or gamma", source="paper"),
    Column("group", "number", unit="index", description="Index i: class of asset", source="paper"),
    Column("kind", "number", unit="index", description="Index j: sub-class", source="paper"),
    Column("tenor", "number", unit="index", description="Index k: tenor", source="paper"),
    Column(
        "origin",
        "text",
        description="implied by paper: the rate follows from its printed tables; synthetic: ours, never worth buying",
        source="own",
    ),
    Column(
        "var_maximum", "number", unit="share", description="Maximal VaR of available-for-sale bonds", source="Table IV"
    ),
    Column("liquid_share", "number", unit="share", description="Weight as a liquid asset", source="constraint (9)"),
)

_LENSES = {11: "other"} | dict.fromkeys(range(5, 11), "capital")


def limits() -> list[dict[str, object]]:
    """Return the constraints by their LINGO row."""
    return [
        {
            "limit": f"Row {row['row']}: {row['name']}",
            "left": row["left"],
            "sense": row["sense"],
            "right": row["right"],
            "unit": "amount",
            "active": "yes",
            "role": "policy rule",
            "lens": _LENSES.get(int(row["row"]), "liquidity"),
            "text": row["text"],
            "source": f"paper, constraint {row['constraint']}",
        }
        for row in _data("paper_003_limits.csv")
    ]


def _data(name: str) -> list[dict[str, str]]:
    with Path(__file__).with_name(name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def variables(size: int = 180) -> list[dict[str, object]]:
    """Return the decision variables.

    Parameters
    ----------
    size : siblings are added until there are so many. A sibling has its elder's weights and indices and a lower rate,
        so it is never worth buying: its reduced cost is negative and the optimum stays.
    """
    originals = [_variable(row) for row in _data("paper_003_variables.csv")]
    # Rows 2, 3 and 6 to 10 name one variable each; siblings of those would fall outside of them.
    elders = [line for line in originals if line["family"] != "alpha" and line["position"] not in {"A111", "A211"}]
    siblings: list[dict[str, object]] = []
    for number in range(size - len(originals)):
        generation, at = divmod(number, len(elders))
        elder = elders[at]
        discount = _RATE_STEP * (4 + (7 * at + 3 * generation) % 17)
        rate = round(float(str(elder["rate"])) - discount, 6)
        name = f"{elder['position']}.{generation + 2}"
        siblings.append(elder | {"position": name, "rate": rate, "origin": "synthetic"})
    return originals + siblings


def _variable(row: dict[str, str]) -> dict[str, object]:
    name = row["position"]
    return {
        "position": name,
        "side": "asset",
        "balance": 0,
        "min": 0,
        "max": MOST,
        "rate": float(row["rate"]),
        "rsf": float(row["rsf"]),
        "family": FAMILIES[name[0]],
        "group": int(name[1]),
        "kind": int(name[2]),
        "tenor": int(name[3]),
        "origin": row["origin"],
        "var_maximum": float(row["var_maximum"] or 0),
        "liquid_share": float(row["liquid_share"]),
    }


def business_plan(size: int = 180) -> Paper:
    """Return the corrected model with 180 variables, or more."""
    lines = variables(size)
    return Paper(
        folder="business_plan",
        title=f"Business plan of a bank of Book III: {len(lines)} variables",
        positions=lines,
        position_columns=("position", "side", "balance", "min", "max", "rate", "rsf"),
        limits=limits(),
        goals=[{"goal": "Return", "formula": "sum(rate)", "direction": "max", "active": "yes"}],
        metrics=[
            {
                "metric": "available_for_sale",
                "formula": 'total(family = "alpha")',
                "unit": "amount",
                "lens": "profit",
                "description": "Government bonds available for sale",
            }
        ],
        settings=[("currency", "IDR"), ("amount_unit", "trillion"), ("as_of", "2019 plan")],
        extra=_EXTRA,
        widths={"position": 14, "family": 10, "origin": 18},
        amount=" (IDR trillion)",
    )
