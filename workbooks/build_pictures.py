"""Draw the pictures of the README from solved copies of the workbooks.

``python workbooks/build_pictures.py`` needs LibreOffice (soffice) and poppler (pdftoppm, pdftotext). Unlike the
workbooks, the pictures are not compared by a test: another LibreOffice draws them a little differently.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import attrs
import numpy as np

FOLDER = Path(__file__).resolve().parent
_TIMEOUT = 300  # seconds
_FRESH_PROFILE = 81  # what soffice ends with when it wants to be started again
_ABOVE_FOOTER = 0.945  # of a page's height
_MARGIN = 12  # pixels left around what is drawn
_WHITE = 250
_LARGEST = 300_000  # bytes


@attrs.frozen
class Picture:
    """A picture: the workbook, the verbs run on a copy of it, and the sheet whose first printed page is drawn."""

    book: str
    verbs: tuple[str, ...]
    sheet: str
    dpi: int = 110


PICTURES: dict[str, Picture] = {
    "dashboard.png": Picture("alco_template.xlsx", ("solve",), "Dashboard"),
    "analysis.png": Picture("alco_template.xlsx", ("solve", "frontier", "surface", "var", "weights"), "Analysis"),
    "functions.png": Picture("alco_template.xlsx", (), "Functions"),
    "frontier.png": Picture("examples/rwa_allocation/table_instance.xlsx", ("solve",), "Charts"),
    "nonlinear.png": Picture("examples/gsib_bank/gsib_bank.xlsx", ("solve",), "Plan"),
}
"""Every picture by its name in ``pictures``."""


def draw(name: str, picture: Picture, folder: Path) -> Path:
    """Draw one picture into a folder; returns its path.

    Raises RuntimeError where a verb or a program fails or no page of the sheet is printed, ValueError for a picture
    that is too large for a README.
    """
    with tempfile.TemporaryDirectory(prefix="pictures-", ignore_cleanup_errors=True) as work:
        copy = Path(work) / Path(picture.book).name
        shutil.copyfile(FOLDER / picture.book, copy)
        for verb in picture.verbs:
            _run([sys.executable, "-m", "xlalm", verb, str(copy)], cwd=FOLDER.parent)
        pdf = _printed(copy)
        page = _page(pdf, picture.sheet)
        target = folder / name
        part = ["-r", str(picture.dpi), "-f", str(page), "-l", str(page), "-singlefile"]
        left, top, width, height = _drawn(_run(["pdftoppm", *part, "-gray", str(pdf)]))
        part += ["-x", str(left), "-y", str(top), "-W", str(width), "-H", str(height)]
        _run(["pdftoppm", *part, "-png", str(pdf), str(target.with_suffix(""))])
    if target.stat().st_size >= _LARGEST:
        message = f"{name} has {target.stat().st_size} bytes; draw it with fewer dots per inch"
        raise ValueError(message)
    return target


def _printed(book: Path) -> Path:
    """Print every sheet of a book with a profile of its own."""
    profile = (book.parent / "profile").as_uri()
    command = ["soffice", f"-env:UserInstallation={profile}", "--headless", "--norestore", "--convert-to", "pdf"]
    command += ["--outdir", str(book.parent), str(book)]
    _run(command, again=True)
    pdf = book.with_suffix(".pdf")
    if not pdf.exists():
        _run(command)
    return pdf


def _page(pdf: Path, sheet: str) -> int:
    """Return the first page of a sheet, by its footer."""
    pages = _run(["pdftotext", "-layout", str(pdf), "-"]).decode("utf-8").split("\f")
    footer = re.compile(rf"· {re.escape(sheet)}\s")
    found = [number for number, text in enumerate(pages, start=1) if footer.search(text)]
    if not found:
        message = f"{pdf.name} has no page of the sheet {sheet}"
        raise RuntimeError(message)
    return found[0]


def _drawn(page: bytes) -> tuple[int, int, int, int]:
    """Return left, top, width and height of what is drawn above the footer of a page, given as a binary PGM."""
    head = re.match(rb"P5\s+(\d+)\s+(\d+)\s+255\s", page)
    if head is None:
        message = "pdftoppm gave no grey picture"
        raise RuntimeError(message)
    width, height = int(head[1]), int(head[2])
    dots = np.frombuffer(page, np.uint8, width * height, head.end()).reshape(height, width)
    rows, columns = np.nonzero(dots[: int(height * _ABOVE_FOOTER)] < _WHITE)
    left, top = max(0, int(columns.min()) - _MARGIN), max(0, int(rows.min()) - _MARGIN)
    return left, top, int(columns.max()) + _MARGIN - left, int(rows.max()) + _MARGIN - top


def _run(command: list[str], *, cwd: Path | None = None, again: bool = False) -> bytes:
    """Run a program; returns what it prints. With ``again`` an exit that asks for another start is no fault."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, timeout=_TIMEOUT, check=False)  # noqa: S603 our own
    if done.returncode and not (again and done.returncode == _FRESH_PROFILE):
        message = f"{command[0]} ended with {done.returncode}: {done.stderr.decode(errors='replace')}"
        raise RuntimeError(message)
    return done.stdout


def main() -> int:
    """Draw every picture."""
    for name, picture in PICTURES.items():
        target = draw(name, picture, FOLDER / "pictures")
        print(f"{target.relative_to(FOLDER)}: {target.stat().st_size // 1000} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
