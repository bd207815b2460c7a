"""Exceptions of xlalm; a message is one line fit for a cell."""


class XlalmError(Exception):
    """Something the user can cure; the text says what and how."""


class WorkbookError(XlalmError):
    """A file that cannot be read or written as it stands."""
