"""How a column is shown wherever it is written: its header as a person writes it, and its number format."""

from xlalm.schema.tables import Column

NUMBER_FORMATS = {
    "amount": "#,##0.0",
    "change": "+#,##0.0;-#,##0.0;0.0",
    "percent": "0.0%",
    "price": "#,##0.0000;-#,##0.0000;0",
    "limit": "#,##0.0000",
    "goal": "#,##0.00",
    "exact": "0.000000",
    "statistic": "0.0000",
    "per year": "0.00%",
    "daily change": "0.000%",
    "share": "0.0%",
    "basis points": "0.0",
    "years": "0.00",
    "years squared": "0.0",
    "per day": "0.00E+00",
    "index": "0",
}
"""Number formats by the display family of a result column (``format`` of its schema) or the unit of an input column."""

OF_ITS_OWN = "goal"
"""Display family of the columns that only one run has, such as one per goal or position."""

_WORDS = {"cet1": "CET1", "at1": "AT1", "asf": "ASF", "rsf": "RSF", "hqla": "HQLA", "t2": "T2", "bp": "bp"}


def header(key: str) -> str:
    """Return a column's key as a person writes it: ``cet1`` -> ``CET1``, ``risk_weight`` -> ``Risk weight``."""
    words = [_WORDS.get(word, word) for word in key.split("_")]
    text = " ".join(words)
    return text[:1].upper() + text[1:]


def result_format(column: Column) -> str | None:
    """Return the number format of a result column; None where its values are shown as they come."""
    return NUMBER_FORMATS[column.display] if column.display else None


def input_format(column: Column) -> str:
    """Return the number format of an input column of numbers."""
    return NUMBER_FORMATS.get(column.unit, "#,##0.00##")
