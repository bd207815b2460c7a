"""Arguments that several formulas take, each with its one text; see ``declared`` for ``{words}`` and ``{default}``."""

from typing import Annotated

from xlalm.app.formulas.selection import Selection

# --- tables -----------------------------------------------------------------------------------------------------------

PositionsTable = Annotated[
    Selection, "Positions table with its header row (position, side, balance, …), such as Positions[#All]."
]
LimitsTable = Annotated[Selection, "Limits table with its header row, such as Limits[#All]."]
GoalsTable = Annotated[Selection, "Goals table with its header row: what is to be maximised or minimised."]
SettingsTable = Annotated[Selection | None, "Settings table with its header row; every setting has a default."]
MetricsTable = Annotated[Selection | None, "Metrics table with its header row: named quantities that formulas use."]

# --- plain ranges -----------------------------------------------------------------------------------------------------

PositionsOrBalances = Annotated[
    Selection, "Positions table with its header row, such as Positions[#All]; or {words} without headers."
]
PlainRange = Annotated[Selection | None, "{words} Leave out where positions has headers."]

# --- results ----------------------------------------------------------------------------------------------------------

LimitName = Annotated[str, "Name of the limit as in Limits."]
ShownColumns = Annotated[str, 'Columns to show, separated by commas; "{default}" if left out.']
WithHeaders = Annotated[bool, "FALSE leaves out the row of headers; TRUE if left out."]
