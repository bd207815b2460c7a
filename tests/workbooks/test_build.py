"""The committed workbooks are what ``workbooks/build_workbooks.py`` builds, part by part."""

import sys
import zipfile

from workbooks.build_workbooks import FOLDER, WORKBOOKS, main
from xlalm.workbook.package.compare import differences


def test_committed_workbooks_are_as_built(monkeypatch, capsys):
    """Through the command itself, which is also the pre-commit check."""
    monkeypatch.setattr(sys, "argv", ["build_workbooks.py", "--check"])
    assert main() == 0, capsys.readouterr().out


def test_no_other_workbook_is_committed():
    found = {path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.xls?")}
    assert found == set(WORKBOOKS)


def test_a_difference_is_found(tmp_path):
    """The comparison bites: a changed part, a missing part and a missing file each have their line."""
    source = FOLDER / next(iter(WORKBOOKS))
    changed, shorter = tmp_path / "changed.xlsx", tmp_path / "shorter.xlsx"
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(changed, "w") as a, zipfile.ZipFile(shorter, "w") as b:
        for part in old.namelist():
            data = old.read(part)
            a.writestr(part, data + b" " if part == "xl/styles.xml" else data)
            if part != "xl/styles.xml":
                b.writestr(part, data)
    assert differences(changed, source) == ["changed.xlsx!xl/styles.xml differs"]
    assert differences(shorter, source) == ["shorter.xlsx!xl/styles.xml is in one of them only"]
    assert differences(tmp_path / "none.xlsx", source) == ["none.xlsx is missing"]
    assert differences(source, source) == []
