"""Two workbook files compared part by part."""

import zipfile
from pathlib import Path


def differences(committed: Path, fresh: Path) -> list[str]:
    """Compare two workbooks part by part, decompressed; returns one line per difference."""
    if not committed.is_file():
        return [f"{committed.name} is missing"]
    with zipfile.ZipFile(committed) as old, zipfile.ZipFile(fresh) as new:
        names = (set(old.namelist()), set(new.namelist()))
        found = [f"{committed.name}!{part} is in one of them only" for part in sorted(names[0] ^ names[1])]
        found += [
            f"{committed.name}!{part} differs"
            for part in sorted(names[0] & names[1])
            if old.read(part) != new.read(part)
        ]
    return found
