"""Where manifests lie."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    pass


MANIFEST_SUFFIX = ".manifest.json"


def manifest_beside(book: Path, verb: str = "") -> Path:
    """Return where the manifest of a written book lies; that of an analysis, by its ``verb``, beside the solve's."""
    return book.with_name(f"{book.stem}{f'.{verb}' if verb else ''}{MANIFEST_SUFFIX}")
