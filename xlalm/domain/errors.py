"""The one way in which input is refused: where, what was read and what to do, in one line fit for a cell."""

from xlalm.domain.cells import Cell
from xlalm.domain.findings import Finding, error


class Refused(Exception):
    """Something the user can cure.

    Parameters
    ----------
    cell : where it stands; None where no cell holds it.
    text : what was read and why it cannot be used.
    cure : what to do, without a full stop.
    """

    def __init__(self, cell: Cell | None, text: str, cure: str) -> None:
        super().__init__(cell, text, cure)
        self.cell, self.text, self.cure = cell, text, cure

    @classmethod
    def of(cls, finding: Finding) -> "Refused":
        """Return a finding as the exception that ends what cannot go on."""
        return cls(finding.cell, finding.text, finding.cure)

    def __str__(self) -> str:
        """Return ``Limits!D7: bound "ninety" is not a number; enter 0.9 or 90%.``."""
        return str(self.finding)

    @property
    def finding(self) -> Finding:
        """The same as a finding that stops a solve."""
        return error(self.cell, self.text, self.cure)


class NeedsNonlinearError(Refused):
    """A limit or goal that no linear program holds; the nonlinear solver does, and the text says why it was asked."""


class StoppedError(Refused):
    """The user has pressed Stop before there was anything to show or write."""
