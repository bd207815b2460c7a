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
STANDING = ("tests/figures/test_standing.py", "tests/figures/test_findings.py", "tests/figures/test_prices.py")
CATALOGUE = ("tests/reference/test_catalogue.py",)
LANGUAGE = ("tests/measures/test_formula_language.py",)
ALGEBRA = ("tests/measures/test_algebra.py", "tests/measures/test_derivatives.py")
OUTCOMES = ("tests/solver/test_outcomes.py", "tests/solver/test_netting.py")
PROPERTIES = ("tests/solver/test_properties.py",)
PAPERS = ("tests/reference/test_paper_001.py", "tests/reference/test_paper_002.py", "tests/reference/test_paper_003.py")
RATIOS = ("tests/solver/test_ratio_and_quadratic_goals.py",)
STAGED = ("tests/solver/test_staged.py", "tests/solver/test_goals_random.py")
NONLINEAR = ("tests/solver/test_nonlinear.py", "tests/solver/test_nonlinear_gsib.py")
NONLINEAR_RANDOM = ("tests/solver/test_nonlinear_random.py",)
RANGED = ("tests/solver/test_ranging.py", "tests/solver/test_linear_oracle.py")
FRONTIER = ("tests/figures/test_frontier_curve.py", "tests/solver/test_frontier.py", "tests/app/test_frontier.py")
PROGRAM = tuple(
    f"tests/program/test_{name}.py" for name in ("problem", "layout", "bounds", "terms", "rows", "limits", "structure")
)
REPORTS = ("tests/reporting", "tests/figures", *PAPERS)

TESTS: dict[str, tuple[str, ...]] = {
    # the longest beginning of a file's path decides
    "xlalm/measures": ("tests/measures/test_expression.py", *CATALOGUE, *ALGEBRA, *FIGURES, *RATIOS),
    "xlalm/measures/language": (*LANGUAGE, *CATALOGUE, "tests/tables/test_validation.py", *FIGURES),
    "xlalm/measures/language/columns": (*CATALOGUE, *LANGUAGE, "tests/measures/test_risk_arguments.py", *FIGURES),
    "xlalm/measures/language/compiler": (*LANGUAGE, *CATALOGUE, "tests/measures/test_risk_arguments.py", *FIGURES),
    "xlalm/measures/membership": ("tests/measures/test_membership.py", *STAGED, *PAPERS),
    "xlalm/measures/shape": ("tests/measures/test_expression.py", *ALGEBRA, *RATIOS, *FIGURES),
    "xlalm/model": ("tests/model", *STANDING, "tests/tables/test_validation.py", *PROGRAM, *FIGURES),
    "xlalm/program": (*PROGRAM, *FIGURES, *OUTCOMES, *RATIOS, *PROPERTIES),
    "xlalm/measures/bounds": (*PROGRAM[2:], *RATIOS, "tests/solver/test_pieces_oracle.py"),
    "xlalm/program/rows": (*PROGRAM, *FIGURES, *OUTCOMES, *RATIOS, "tests/solver/test_pieces_oracle.py"),
    "xlalm/program/terms": (*PROGRAM[3:5], *ALGEBRA[1:], *NONLINEAR, *NONLINEAR_RANDOM),
    "xlalm/solver": (*FIGURES, *OUTCOMES, *PROPERTIES, *RATIOS),
    "xlalm/solver/certify": (*FIGURES, "tests/solver/test_certify.py", *OUTCOMES, *PROPERTIES),
    "xlalm/solver/goals": (*STAGED, *PAPERS, *FIGURES),
    "xlalm/solver/highs": (
        "tests/solver/test_live_program.py",
        *FIGURES,
        *OUTCOMES,
        *PROPERTIES,
        "tests/app/test_watched_verbs.py",
    ),
    "xlalm/solver/linear": (*OUTCOMES, *FIGURES, *RATIOS, *PROPERTIES),
    "xlalm/solver/linear/whole": ("tests/solver/test_whole.py", "tests/solver/test_way_out.py", *OUTCOMES, *FIGURES),
    "xlalm/solver/linear/basis": ("tests/solver/test_factors.py", *FIGURES, *RANGED, *FRONTIER),
    "xlalm/solver/nonlinear": (*NONLINEAR, *FIGURES, *NONLINEAR_RANDOM),
    "xlalm/solver/sensitivity": (*FIGURES, *RANGED),
    "xlalm/solver/sensitivity/frontier": FRONTIER,
    "xlalm/solver/sensitivity/moving": (*FIGURES, *RANGED, *FRONTIER),
    "xlalm/solver/sensitivity/surface": ("tests/solver/test_surface.py", "tests/app/test_frontier.py"),
    "xlalm/solver/sensitivity/worths": (*FIGURES, "tests/app/test_what_if.py", *RANGED),
    "xlalm/solver/infeasible": (
        "tests/figures/test_conflicts.py",
        "tests/solver/test_way_out.py",
        "tests/solver/test_whole.py",
        "tests/solver/test_infeasible_stop.py",
        *OUTCOMES,
        "tests/solver/test_conflicts.py",
    ),
    "xlalm/reporting": (*REPORTS, "tests/app/test_python_api.py", *OUTCOMES),
    "xlalm/reporting/frontier": (*FRONTIER[:1], "tests/app/test_frontier.py", *REPORTS),
    "xlalm/reporting/surface": (
        "tests/reporting/test_surface.py",
        "tests/solver/test_surface.py",
        "tests/app/test_frontier.py",
    ),
    "xlalm/reporting/sweep": ("tests/reporting/test_sweep.py", "tests/app/test_frontier.py", *STAGED, *PAPERS),
    "xlalm/reporting/what_if": ("tests/reporting/test_what_if.py", "tests/app/test_what_if.py", *REPORTS),
    "xlalm/reporting/value_at_risk": ("tests/app/test_var.py", *REPORTS),
    "xlalm/reporting/backtest": ("tests/valuation/test_backtest.py", "tests/app/test_var.py", *REPORTS),
    "xlalm/reporting/words": (*REPORTS, *OUTCOMES, "tests/app/test_python_api.py"),
    "xlalm/reporting/words/value_at_risk": ("tests/app/test_var.py", *REPORTS),
}


def tests_of(path: str) -> tuple[str, ...]:
    """Return the tests that have to notice a fault in a file."""
    longest = max((start for start in TESTS if path.startswith(start)), key=len)
    return tuple(dict.fromkeys(TESTS[longest]))
