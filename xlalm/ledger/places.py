"""Where manifests lie, and what they call a book that is no file."""

from pathlib import Path

MANIFEST_SUFFIX = ".manifest.json"

IN_MEMORY = "tables in memory"
"""Name of a book that is no file."""


def manifest_beside(book: Path, verb: str = "") -> Path:
    """Return where the manifest of a written book lies; that of an analysis, by its ``verb``, beside the solve's."""
    return book.with_name(f"{book.stem}{f'.{verb}' if verb else ''}{MANIFEST_SUFFIX}")
