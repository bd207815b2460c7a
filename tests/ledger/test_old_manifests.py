"""Manifests that version 0.1.0 wrote are repeated bit for bit by the xlalm of today, figure by figure.

``manifests_0_1_0`` holds what ``xlalm VERB --json`` of 0.1.0 gave, packed: the manifest and the result that it belongs
to. They are never made anew: where one no longer repeats, a figure has changed, and the CHANGELOG says which and why.
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

from tests.golden.compare import differences
from tests.golden.runs import without_times

FOLDER = Path(__file__).parent / "manifests_0_1_0"
RUNS = sorted(FOLDER.glob("*.json.gz"))
HIGHS = "1.15.1"
NOT_REPEATED = ("manifest", "RunInfo")  # the old one is handed back; what a run says of itself is not made again


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
    figures = [{k: v for k, v in without_times(d).items() if k not in NOT_REPEATED} for d in (before, after)]
    assert list(differences(*figures)) == []


def test_the_runs_are_there() -> None:
    assert [path.name.removesuffix(".json.gz") for path in RUNS] == [
        "alco_template",
        "alco_template.var",
        "fuzzy_alm",
        "printed_run",
        "table_instance.frontier",
    ]
