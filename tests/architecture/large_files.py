"""Names the files too large for the repository. The pre-commit hook runs it; the architecture test imports it."""

import sys
from collections.abc import Iterable
from pathlib import Path

LIMIT = 3_000_000


def too_large(paths: Iterable[Path]) -> list[str]:
    """Describe each file above the limit."""
    sizes = ((path, path.stat().st_size) for path in paths if path.is_file())
    return [f"{path}: {size:,} bytes; at most {LIMIT:,}" for path, size in sizes if size > LIMIT]


if __name__ == "__main__":
    sys.exit("\n".join(too_large(map(Path, sys.argv[1:]))) or 0)
