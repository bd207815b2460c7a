"""What ``=ALM_…()`` formulas compute, whatever spreadsheet asks: ranges in, numbers, tables or sentences out.

Each module declares the formulas of one subject; their order here is the order of every list of formulas.
"""

# isort: off
from xlalm.app.formulas import bonds, interest, capital, liquidity, measures, plan, risk, help  # noqa: F401
# isort: on

from xlalm.app.formulas.declared import FORMULAS, Argument, Function
from xlalm.app.formulas.selection import Rectangle, Selection

__all__ = ["FORMULAS", "Argument", "Function", "Rectangle", "Selection"]
