"""Build every workbook of this folder, or check that the committed ones are as built.

``python workbooks/build_workbooks.py`` writes them; with ``--check`` it compares part by part after decompression and
ends with 1 on a difference.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
sys.path[:0] = [] if str(FOLDER.parent) in sys.path else [str(FOLDER.parent)]

from workbooks.source.books import gsib, paper_001, paper_002, paper_003, papers, template  # noqa: E402
from xlalm.workbook.package.compare import differences  # noqa: E402

Builder = Callable[[Path], None]

WORKBOOKS: dict[str, Builder] = {
    "alco_template.xlsx": template.build,
    "examples/fuzzy_alm/fuzzy_alm.xlsx": partial(papers.build, paper_001.fuzzy_alm),
    "examples/gsib_bank/gsib_bank.xlsx": partial(papers.build, gsib.gsib_bank),
    "examples/rwa_allocation/printed_run.xlsx": partial(papers.build, paper_002.printed_run),
    "examples/rwa_allocation/table_instance.xlsx": partial(papers.build, paper_002.table_instance),
    "examples/business_plan/business_plan_180.xlsx": partial(papers.build, paper_003.business_plan),
    "examples/business_plan/business_plan_830.xlsx": partial(papers.build, partial(paper_003.business_plan, 830)),
}
"""Every committed workbook, by its path in this folder, and what builds it."""


def build(folder: Path) -> None:
    """Write every workbook below a folder."""
    for name, builder in WORKBOOKS.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        builder(path)


def check() -> list[str]:
    """Compare every committed workbook with a fresh build; returns one line per difference."""
    with tempfile.TemporaryDirectory() as folder:
        build(Path(folder))
        return [line for name in WORKBOOKS for line in differences(FOLDER / name, Path(folder) / name)]


def main() -> int:
    """Build or check, as the command line asks."""
    parser = argparse.ArgumentParser(description="Build the workbooks that ship with xlalm.")
    parser.add_argument("--check", action="store_true", help="compare the committed workbooks with a fresh build")
    if parser.parse_args().check:
        found = check()
        print("\n".join(found) or f"{len(WORKBOOKS)} workbooks are as built")
        return 1 if found else 0
    build(FOLDER)
    print(f"{len(WORKBOOKS)} workbooks written below {FOLDER.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
