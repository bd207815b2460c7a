"""Exceptions of xlalm; a message is one line fit for a cell."""

from xlalm.domain.cells import Cell


class XlalmError(Exception):
    """Something the user can cure; the text says what and how."""


class WorkbookError(XlalmError):
    """A file that cannot be read or written as it stands."""


class NotLinearError(Exception):
    """A limit or goal that a linear or convex quadratic program cannot hold."""

    def __init__(self, reason: str, cell: Cell | None, cure: str) -> None:
        super().__init__(reason)
        self.reason, self.cell, self.cure = reason, cell, cure


class CurvedError(NotLinearError):
    """A limit or goal that the nonlinear solver can hold."""
