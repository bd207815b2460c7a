"""A workbook of schema version 1, as it was once shipped, becomes one of the present version."""

import shutil
from pathlib import Path

import openpyxl
import pytest
from openxml_audit import FileFormat, OpenXmlValidator

from xlalm.app.run.book import open_book
from xlalm.app.verbs import solve as verbs
from xlalm.app.verbs.upgrade import migrations, upgrade
from xlalm.domain.errors import Refused
from xlalm.domain.settings import SCHEMA_VERSION, SETTINGS
from xlalm.schema.tables import TABLES, table_schema
from xlalm.tables.settings import read_settings
from xlalm.tables.typed import typed
from xlalm.workbook.package.package import Package

VERSION_1 = Path(__file__).parent / "books" / "alco_template_v1.xlsx"


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return Path(shutil.copy(VERSION_1, tmp_path / "bank.xlsx"))


def settings_of(book: Path) -> dict[str, object]:
    table = open_book(book).tables["Settings"]
    return dict(zip(map(str, table.columns["setting"]), table.columns["value"], strict=True))


def test_the_old_template_is_upgraded_and_solves_as_before(old: Path) -> None:
    before, stated = verbs.solve(old, write=False), settings_of(old)
    assert any("schema version 1" in str(finding) for finding in before.findings)
    result = upgrade(old)
    now = settings_of(old)
    assert now.pop("schema_version") == SCHEMA_VERSION
    assert now.items() >= {name: value for name, value in stated.items() if name != "schema_version"}.items()
    added = [m.name for m in migrations() if m.change == "setting"]
    assert set(now) - set(stated) == set(added)
    assert all(any(name in line for line in result.messages) for name in added)
    values, findings = read_settings(typed(open_book(old).tables["Settings"])[0])
    assert findings == []
    assert all(values.values[name] == SETTINGS[name].default for name in added)
    after = verbs.solve(old, write=False)
    assert after.table("Allocation").rows == before.table("Allocation").rows
    assert not any("schema version" in str(finding) for finding in after.findings)
    assert OpenXmlValidator(file_format=FileFormat.MICROSOFT_365).validate(str(old)).errors == []


def test_what_the_user_has_already_is_left(old: Path) -> None:
    package = Package.open(old)
    package.append_rows("Settings", [["VaR days", 5.0]])
    package.save()
    upgrade(old)
    assert settings_of(old)["VaR days"] == 5.0
    assert "var_days" not in settings_of(old)


def test_a_present_book_is_left_alone(old: Path) -> None:
    upgrade(old)
    before = old.read_bytes()
    result = upgrade(old)
    assert "already" in result.messages[0]
    assert result.written == ""
    assert old.read_bytes() == before


def test_a_copy_leaves_the_book_alone(old: Path, tmp_path: Path) -> None:
    upgrade(old, out=tmp_path / "new.xlsx")
    assert old.read_bytes() == VERSION_1.read_bytes()
    assert settings_of(tmp_path / "new.xlsx")["schema_version"] == SCHEMA_VERSION


def test_a_newer_book_is_refused(old: Path) -> None:
    table = open_book(old).tables["Settings"]
    package = Package.open(old)
    cell = table.cell(list(table.columns["setting"]).index("schema_version"), "value")
    package.write_cells(cell.sheet, {(cell.row, cell.column): SCHEMA_VERSION + 1.0})
    package.save()
    with pytest.raises(Refused, match="install a newer one"):
        upgrade(old)
    assert verbs.check(old).status == "bad input"


def test_something_below_the_settings_stops_it(old: Path) -> None:
    table = open_book(old).tables["Settings"]
    package = Package.open(old)
    package.write_cells(table.sheet, {(table.rows[-1] + 1, table.column_numbers["setting"]): "mine"})
    package.save()
    before = old.read_bytes()
    with pytest.raises(Refused, match="this cell is not empty"):
        upgrade(old)
    assert old.read_bytes() == before


def test_a_book_without_settings_is_told_so(tmp_path: Path) -> None:
    book = tmp_path / "bare.xlsx"
    openpyxl.Workbook().save(book)
    with pytest.raises(Refused, match="no table Settings"):
        upgrade(book)


def test_every_migration_leads_to_the_present_schema() -> None:
    for migration in migrations():
        assert 1 < migration.version <= SCHEMA_VERSION
        present = SETTINGS if migration.change == "setting" else table_schema(migration.table).columns
        assert migration.table in TABLES
        assert migration.name in present


def test_a_version_left_blank_is_the_first(old: Path) -> None:
    package = Package.open(old)
    table = open_book(old).tables["Settings"]
    package.append_rows("Settings", [["schema_version", None]], [table.headers["setting"], table.headers["value"]])
    package.save()
    assert "was of schema version 1" in upgrade(old).messages[0]
