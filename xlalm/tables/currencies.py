"""Amounts are added as they stand, so they must be in one currency."""

from xlalm.domain.findings import Finding, error
from xlalm.domain.settings import Settings
from xlalm.domain.table import TypedTable
from xlalm.domain.text import shown


def check_currencies(table: TypedTable, settings: Settings, *, is_stated: bool) -> list[Finding]:
    """Refuse rows of ``Positions`` in another currency than the reporting one, unless Settings say what they are in.

    A blank currency is the reporting one; ``amounts`` = reporting says that every amount is, whatever its row names.

    Parameters
    ----------
    is_stated : whether it is known which currency is the reporting one; if not, rows of one currency are taken for it.
    """
    if settings.text("amounts") == "reporting":
        return []
    reporting = settings.text("currency").strip().upper()
    named = [currency.strip().upper() for currency in table.texts["currency"]]
    if not is_stated and len(set(named) - {""}) < 2:
        return []
    rows = [currency or reporting for currency in named]
    found = list(dict.fromkeys(rows))
    others = [currency for currency in found if currency != reporting]
    if not others:
        return []
    cell = table.raw.cell(rows.index(others[0]), "currency")
    if len(found) == 1:
        text = f"every row is in {shown(others[0])}, and the reporting currency is {shown(reporting)}"
        return [error(cell, text, f"set currency to {shown(others[0])} in Settings")]
    text = f"the rows are in {_listed(found)}, and amounts are added as they stand"
    cure = (
        f"convert every amount to {shown(reporting)} and leave currency blank (keep the old one in a column of your "
        "own), or set amounts to reporting in Settings where that is done"
    )
    return [error(cell, text, cure)]


def _listed(currencies: list[str]) -> str:
    named = [shown(currency) for currency in currencies[:6]]
    return (
        f"{', '.join(named[:-1])} and {named[-1]}"
        if len(currencies) <= len(named)
        else f"{', '.join(named)} and others"
    )
