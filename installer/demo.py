"""The verb ``demo``: the main job, on the sample workbook, in a folder of its own."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from installer.environment import clean_environ, ensure, say
from installer.failures import InstallError
from installer.layout import DEMO_BOOK, SAMPLE, Layout
from installer.record import Record

# The exit codes of `xlalm solve` that leave a plan in the book: solved, and stopped by a limit with a feasible plan.
_WITH_A_PLAN = (0, 4)
_MEANING = {
    1: ("xlalm failed on its own sample", "run 'python3 installer doctor'; if all is well there, report it as a bug"),
    2: ("the sample workbook was not accepted; the findings are above", "restore it with 'git checkout workbooks'"),
    3: ("the sample workbook has no plan; the explanation is above", "restore it with 'git checkout workbooks'"),
}


def demo(layout: Layout) -> int:
    """Set up what is needed, copy the sample workbook, solve the copy, and say what to open."""
    ensure(layout, "runtime")
    if not layout.sample.is_file():
        problem = f"the sample workbook {SAMPLE.as_posix()} is missing"
        raise InstallError(problem, "restore it with 'git checkout workbooks' or 'python workbooks/build_workbooks.py'")
    record = Record(layout)
    book = place_sample(layout, record)
    say(f"solving {book.relative_to(layout.root).as_posix()}")
    before = set(layout.demo.iterdir())
    with record.watching_caches():
        code = subprocess.run(
            [str(layout.python), "-m", "xlalm", "solve", str(book)], cwd=layout.root, env=clean_environ()
        ).returncode
    for path in sorted({book, *set(layout.demo.iterdir()) - before}):
        if path.is_file():
            record.add(path, "file")
    if code not in _WITH_A_PLAN:
        raise InstallError(*_MEANING.get(code, (f"xlalm ended with exit code {code}", _MEANING[1][1])))
    say(f"solved workbook: {book}")
    say("open it in Excel or LibreOffice Calc: its Dashboard says what to do, what it earns and what binds;")
    say("every figure is on the sheet Results. Change a limit, save, and solve it again with")
    say(f'  "{layout.python}" -m xlalm solve "{book}"')
    return 0


def place_sample(layout: Layout, record: Record) -> Path:
    """Copy the sample into the demo's folder; a copy that someone has worked in since is kept, not overwritten."""
    if not layout.demo.is_dir():
        record.add(layout.demo, "folder")
        layout.demo.mkdir()
    stem, suffix = Path(DEMO_BOOK).stem, Path(DEMO_BOOK).suffix
    book, number = layout.demo / DEMO_BOOK, 1
    while book.exists() and not record.unchanged(book):
        say(f"{book.name} was changed since the last demo and stays as it is")
        number += 1
        book = layout.demo / f"{stem}-{number}{suffix}"
    shutil.copyfile(layout.sample, book)
    record.add(book, "file")
    return book
