"""Manifests that version 0.1.0 wrote are repeated by the xlalm of today, figure by figure.

``manifests_0_1_0`` holds what ``xlalm VERB --json`` of 0.1.0 gave, packed: the manifest and the result that it belongs
to. They are never made anew: where one no longer repeats, a figure has changed, and the CHANGELOG says which and why.
Results have more columns today, so that ``rerun`` compares status and objective and says so; the test compares every
figure that 0.1.0 gave, row by row.
"""

import gzip
import json
import os
import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parent / "manifests_0_1_0"
RUNS = sorted(FOLDER.glob("*.json.gz"))
HIGHS = "1.15.1"
WORDS = {"RunInfo", "Explanation", "Findings", "Headline"}
"""Tables of sentences, and of what a run says of itself; Headline shows limits in the order of their units."""

SOLVED_AGAIN = {"worth_of_one_unit", "worth"}
"""Figures that are found by another solve today: the same to rounding."""


def rerun(manifest: Path) -> subprocess.CompletedProcess[str]:
    """Run ``xlalm rerun`` with OpenBLAS' kernels of the machine that made the manifests: they round differently."""
    command = [sys.executable, "-m", "xlalm", "rerun", str(manifest), "--json", "-"]
    environment = os.environ | {"OPENBLAS_CORETYPE": "Haswell"}
    return subprocess.run(command, env=environment, capture_output=True, encoding="utf-8")


def rounds_alike(manifest: dict[str, Any]) -> bool:
    """Whether this machine has the versions and the kind of processor that the manifest names."""
    made = manifest["versions"]
    here = (platform.python_version_tuple()[:2], version("numpy"), version("highspy"))
    there = (tuple(made["python"].split(".")[:2]), made["numpy"], HIGHS)
    return here == there and manifest["platform"] == f"{platform.system()} {platform.machine()}"


@pytest.mark.parametrize("packed", RUNS, ids=lambda path: path.name.removesuffix(".json.gz"))
def test_a_run_of_0_1_0_gives_every_figure_again(packed: Path, tmp_path: Path) -> None:
    before = json.loads(gzip.decompress(packed.read_bytes()))
    manifest = before["manifest"]
    assert manifest["versions"]["xlalm"] == "0.1.0"
    unpacked = tmp_path / packed.name.replace(".json.gz", ".manifest.json")
    unpacked.write_text(json.dumps(manifest, ensure_ascii=False), encoding="utf-8")
    done = rerun(unpacked)
    if done.returncode != 0 and not rounds_alike(manifest):
        assert "the repeated run differs from the manifest" in done.stdout, done.stdout + done.stderr
        assert manifest["versions"]["numpy"] in done.stdout  # it says with what the figures were made
        pytest.skip("other versions or another processor round otherwise here, and rerun says so")
    assert done.returncode == 0, done.stdout + done.stderr
    after = json.loads(done.stdout)
    assert after["manifest"] == manifest
    assert (after["status"], after["objective"]) == (before["status"], before["objective"])
    compared = sum(
        same_figures(name, rows, after[name])
        for name, rows in before.items()
        if isinstance(rows, list) and name[0].isupper() and name not in WORDS
    )
    assert compared >= 15, compared


def same_figures(table: str, before: list[dict[str, Any]], after: list[dict[str, Any]]) -> int:
    """Compare the figures of a table, row by row as their first column names them; return how many were compared."""
    compared, left = 0, list(after)
    for row in before:
        key = next(iter(row))
        found = next((other for other in left if other[key] == row[key]), None)
        if found is None:
            assert table == "MetricReport", (table, row)  # measures whose columns the book lacks are left out
            continue
        left.remove(found)
        if found.get("value", 0) is None:  # a ratio that divides by 0 has no value today, and no price
            continue
        for column, figure in row.items():
            if isinstance(figure, int | float):
                near = pytest.approx(figure, rel=1e-9) if column in SOLVED_AGAIN else figure
                assert found[column] == near, (table, row[key], column)
                compared += 1
    return compared


def test_the_runs_are_there() -> None:
    assert [path.name.removesuffix(".json.gz") for path in RUNS] == [
        "alco_template",
        "alco_template.var",
        "fuzzy_alm",
        "printed_run",
        "table_instance.frontier",
    ]
