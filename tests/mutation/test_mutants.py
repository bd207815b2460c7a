"""The faults themselves: each kind is made where it should be, none where it cannot change behaviour."""

import pytest

from tests.mutation.mutants import Mutant, mutants


def changes(source: str) -> set[tuple[str, str]]:
    """Return (before, after) of all faults of a module; every one must read."""
    data = source.encode()
    found = mutants("module.py", data)
    assert all(mutant.is_fault(data) for mutant in found)
    return {(mutant.before, mutant.after) for mutant in found}


@pytest.mark.parametrize(
    ("source", "before", "after"),
    [
        ("y = a <= b", "a <= b", "(a < b)"),
        ("y = a <= b", "a <= b", "(a >= b)"),
        ("y = a < b < c", "a < b < c", "(a < b <= c)"),
        ("y = a + b", "a + b", "(a - b)"),
        ("y = a + b", "a + b", "(b)"),
        ("y = a * b", "a * b", "(a / b)"),
        ("y = a - b", "a - b", "(a)"),
        ("y = a and b", "a and b", "(a or b)"),
        ("y = a and b and c", "a and b and c", "(a and c)"),
        ("y = not a", "not a", "(a)"),
        ("y = -a", "-a", "(a)"),
        ("y = 0", "0", "1"),
        ("y = 1.0", "1.0", "0.0"),
        ("y = 7", "7", "14"),
        ("y = 7", "7", "8"),
        ("y = 1e-9", "1e-9", "1e-06"),
        ("y = True", "True", "False"),
        ("y = max(a, b)", "max(a, b)", "min(a, b)"),
        ("y = max(a, b)", "max(a, b)", "(a)"),
        ("y = np.minimum(a, b)", "np.minimum(a, b)", "np.maximum(a, b)"),
        ("y = math.floor(a)", "math.floor(a)", "math.ceil(a)"),
        ("y = abs(a)", "abs(a)", "(a)"),
        ("y = [a for a in b if a.c]", "a.c", "True"),
        ("if a:\n    b = c", "a", "(not (a))"),
        ("y += a", "y += a", "pass"),
        ("y.append(a)", "y.append(a)", "pass"),
        ("for a in b:\n    continue", "continue", "pass"),
        ("def f() -> float:\n    return a", "a", "(-(a))"),
        ("def f() -> bool:\n    return a(b)", "a(b)", "(not (a(b)))"),
        ("def f() -> list[int]:\n    return a", "a", "[]"),
    ],
)
def test_faults(source: str, before: str, after: str) -> None:
    assert (before, after) in changes(source)


@pytest.mark.parametrize(
    "source",
    [
        '"""Text of 3 < 4."""',
        'y = "a <= b"',
        "y: int | None = None",
        "def f(a: Literal[1, 2]) -> dict[int, 1]:\n    return a",
        "Sense = Literal[1, 2]",
        'raise ValueError(f"{1 + 2}")',
        "assert a == 1",
        "@frozen(eq=False)\nclass A(B[1]):\n    pass",
        'progress(1, 5, "solving")',
        'y = error(cell, f"{1 + 2} is wrong", "enter 3")',
        "y = zip(a, b, strict=True)",
        "y = f'{a + b:.2f}'",
        "y = A | B",
        "y = time.perf_counter() - started",
        "if TYPE_CHECKING:\n    y = 1",
    ],
)
def test_what_is_left_alone(source: str) -> None:
    assert changes(source) == set()


def test_dividing_by_a_sign_is_multiplying_by_it() -> None:
    assert ("y * self.sign[i]", "(y / self.sign[i])") not in changes("z = y * self.sign[i]")
    assert ("y * sign", "(y)") in changes("z = y * sign")


def test_a_fault_lies_where_it_says_behind_accents_too() -> None:
    source = 'y = "é", a <= b\n'.encode()
    (found,) = (m for m in mutants("module.py", source) if m.after == "(a < b)")
    assert found.applied(source).decode() == 'y = "é", (a < b)\n'
    assert (found.line, found.text) == (1, 'y = "é", a <= b')
    assert isinstance(found, Mutant)
