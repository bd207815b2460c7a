"""The status bar of Excel, and giving it back."""

from typing import Any

MARK = "xlalm"
"""Every status text begins with it, so that a forgotten one is known for ours."""


def show_status(app: Any, text: str) -> None:
    """Show a text in the status bar."""
    app.status_bar = f"{MARK}: {text}"


def own_status(app: Any) -> str | None:
    """Return what the status bar shows of somebody else; None where Excel writes it or the text is ours."""
    text = app.status_bar
    return text if isinstance(text, str) and text and not text.startswith(MARK) else None


def restore_status(app: Any, text: str | None) -> None:
    """Give the status bar back to whom it belonged."""
    app.status_bar = text if text is not None else False
