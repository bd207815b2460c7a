"""What is said of a book that cannot be used: each fault once."""

import numpy as np

from tests.strategies import book, random_positions, read


def test_a_goal_that_cannot_be_read_is_not_called_inactive() -> None:
    """Whether another goal is active is not asked while one is unreadable."""
    _, findings = read(book(random_positions(np.random.default_rng(1)), [("sum(nonsense)", "max")], []))
    errors = [finding for finding in findings if finding.severity == "error"]
    assert len(errors) == 1
    assert "nonsense" in errors[0].text
