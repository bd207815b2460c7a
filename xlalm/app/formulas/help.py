"""What a user asks about the formulas themselves."""

from xlalm.app.formulas.declared import formula
from xlalm.app.formulas.guard import why
from xlalm.app.formulas.selection import Selection
from xlalm.domain.version import __version__


@formula("Help")
def ALM_WHY(cell: Selection) -> str:
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
    return why(cell)


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
    return __version__
