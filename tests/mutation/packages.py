"""Which code gets faults, and which tests have to notice: the one place to change when folders move.

Tests are files or folders in the order in which they run, quick ones first. Golden workbooks (tests/workbooks) are left
out: they notice that a number changed, not that it is wrong.
"""

PACKAGES: dict[str, tuple[str, ...]] = {
    "measures": ("xlalm/measures",),
    "model": ("xlalm/model", "xlalm/program"),
    "solver": ("xlalm/solver",),
    "reporting": ("xlalm/reporting",),
}

FIGURES = ("tests/figures",)
LANGUAGE = ("tests/measures/test_formula_language.py",)
SOLVED = ("tests/solve/test_outcomes.py", "tests/solve/test_netting.py", "tests/solve/test_properties.py")
MEASURED = (
    "tests/measures/test_lcr.py",
    "tests/tables/test_returns.py",
    "tests/measures/test_derivatives.py",
    "tests/measures/test_algebra.py",
    "tests/program",
)
NONLINEAR = (
    "tests/solve/test_nonlinear_random.py",
    "tests/solve/test_nonlinear_gsib.py",
    "tests/solve/test_nonlinear.py",
)
RANGED = (
    "tests/solve/test_linear_oracle.py",
    "tests/solve/test_properties.py",
    "tests/solve/test_ranging.py",
)

TESTS: dict[str, tuple[str, ...]] = {
    # the longest beginning of a file's path decides
    "xlalm/measures": (*LANGUAGE, *FIGURES, *SOLVED[:1], *MEASURED),
    "xlalm/measures/language/tokens": (*LANGUAGE, *SOLVED[:1]),
    "xlalm/measures/language/compiler": (*LANGUAGE, *SOLVED[:1], *MEASURED),
    "xlalm/tables/returns": (*MEASURED[1:2], *LANGUAGE),
    "xlalm/tables/covariances": (*NONLINEAR, *MEASURED[1:]),
    "xlalm/program": (*SOLVED, *FIGURES, *NONLINEAR, *MEASURED, *RANGED[:1]),
    "xlalm/program/terms": (*NONLINEAR, *MEASURED[2:]),
    "xlalm/model": (*FIGURES, "tests/program", "tests/solve/test_outcomes.py", "tests/app/test_python_api.py"),
    "xlalm/program/rows": (*FIGURES, *SOLVED, "tests/solve/test_pieces_oracle.py", "tests/program", *NONLINEAR),
    "xlalm/solver": (*FIGURES, "tests/solve/test_certify.py", *SOLVED, *RANGED, *NONLINEAR[:2]),
    "xlalm/solver/nonlinear": (*NONLINEAR, *SOLVED[:1], *FIGURES),
    "xlalm/solver/certify": (*FIGURES, "tests/solve/test_certify.py", *SOLVED, *NONLINEAR),
    "xlalm/solver/infeasible/conflicts": (*FIGURES, *SOLVED[:1], "tests/solve/test_conflicts.py"),
    "xlalm/solver/infeasible/relaxation": (*FIGURES, *SOLVED[:1], "tests/solve/test_conflicts.py"),
    "xlalm/solver/goals/methods": ("tests/solve/test_staged.py", "tests/solve/test_goals_random.py", *FIGURES),
    "xlalm/solver/goals/stages": ("tests/solve/test_staged.py", "tests/solve/test_goals_random.py", *FIGURES),
    "xlalm/solver/linear/ratio": (*SOLVED, *FIGURES, "tests/solve/test_ratio_and_quadratic_goals.py"),
    "xlalm/solver/sensitivity/ranging": (*FIGURES, *RANGED),
    "xlalm/solver/sensitivity/moving": (*FIGURES, *RANGED, "tests/solve/test_frontier.py"),
    "xlalm/solver/linear/basis": (*FIGURES, *RANGED, "tests/solve/test_frontier.py"),
    "xlalm/solver/sensitivity/frontier": ("tests/solve/test_frontier.py", "tests/app/test_frontier.py"),
    "xlalm/solver/sensitivity/surface": ("tests/solve/test_surface.py",),
    "xlalm/solver/sensitivity/worths": (*FIGURES, "tests/app/test_what_if.py", *SOLVED, *RANGED),
    "xlalm/reporting/words": (
        *FIGURES,
        "tests/reporting",
        *SOLVED[:1],
        "tests/app/test_python_api.py",
        "tests/app/test_command_line.py",
    ),
    "xlalm/reporting": (
        *FIGURES,
        *SOLVED,
        "tests/app/test_python_api.py",
        "tests/app/test_command_line.py",
        "tests/reporting",
        "tests/app/test_what_if.py",
    ),
}


def tests_of(path: str) -> tuple[str, ...]:
    """Return the tests that have to notice a fault in a file."""
    longest = max((start for start in TESTS if path.startswith(start)), key=len)
    return tuple(dict.fromkeys(TESTS[longest]))
