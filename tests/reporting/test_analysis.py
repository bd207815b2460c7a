"""What every analysis says of the limits that it moves."""

from tests.figures.bank import bank, limit
from tests.strategies import model_of
from xlalm.reporting.analysis import not_as_in_book

LOANS = 'position("Loans")'


def test_what_is_treated_otherwise_than_in_the_book_is_said() -> None:
    soft = limit(LOANS, "<=", 120.0, limit="Cap", hard="no", penalty=0.01)
    watched = limit(LOANS, "<=", 120.0, limit="Seen", active="no")
    model = model_of(bank(soft, watched, limit(LOANS, "<=", 120.0, limit="Rule")))
    assert not_as_in_book(model, [0, 1, 2]) == [
        "Cap is soft in the book; here it is enforced as a hard limit.",
        "Seen is not active in the book; here it is enforced.",
    ]
    assert not_as_in_book(model, [2]) == []
