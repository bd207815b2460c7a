"""What is written into an open workbook without a spreadsheet at hand: text, addresses."""

from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlalm.workbook.live.address import Address
from xlalm.workbook.live.text import as_text


@given(st.text(min_size=1))
def test_text_gets_an_apostrophe_or_cannot_be_read_as_anything_else(text):
    written = as_text(text)
    if written == text:
        assert text[0].isalpha()
        assert not any(character.isdigit() for character in text)
        assert text.casefold() not in {"true", "false"}
    else:
        assert written == "'" + text


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@x", "12%", "1-2", "March 5", "TRUE", "False", "#N/A", "'x", " x"]
)
def test_text_that_a_spreadsheet_would_read_gets_an_apostrophe(text):
    assert as_text(text) == "'" + text


@pytest.mark.parametrize("text", ["Mortgages", "at maximum", "Einlagen (Privat)", "Ökokredit", "yes"])
def test_plain_words_stay_as_they_are(text):
    assert as_text(text) == text


@pytest.mark.parametrize(
    ("fullname", "name", "path"),
    [
        ("/srv/alm/bank.xlsx", "bank.xlsx", PurePosixPath("/srv/alm/bank.xlsx")),
        ("Book1", "Book1", None),
        ("https://bank.example/sites/alco/bank.xlsx", "bank.xlsx", None),
        ("C:\\alm\\bank.xlsx", "bank.xlsx", ...),
    ],
)
def test_an_open_workbook_knows_its_file(fullname, name, path):
    """A workbook never saved or at a web address has none."""
    address = Address("excel", 1, fullname)
    assert address.name == name
    if path is not ...:  # a drive letter is a path on Windows only
        assert (None if address.path is None else PurePosixPath(address.path.as_posix())) == path
