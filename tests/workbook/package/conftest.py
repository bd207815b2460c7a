"""The books that these tests edit: a rich one and a blank one, made once, and a copy of each per test."""

from __future__ import annotations

from pathlib import Path

import pytest
import xlsxwriter

from tests.workbook.package import rich_book


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return rich_book.build(tmp_path_factory.mktemp("rich") / "book.xlsm")


@pytest.fixture
def book(original: Path, tmp_path: Path) -> Path:
    copy = tmp_path / "book.xlsm"
    copy.write_bytes(original.read_bytes())
    return copy


@pytest.fixture(scope="session")
def blank_book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("blank") / "blank.xlsx"
    book = xlsxwriter.Workbook(path)
    book.add_worksheet("Data")
    book.close()
    return path


@pytest.fixture
def small(blank_book: Path, tmp_path: Path) -> Path:
    copy = tmp_path / "small.xlsx"
    copy.write_bytes(blank_book.read_bytes())
    return copy
