"""The shape of the code as tests: layers, fences, module sizes, and nothing of this machine in the repository."""

import ast
import configparser
import gzip
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.architecture.large_files import too_large
from tests.needs import require

ROOT = Path(__file__).resolve().parents[2]
MAX_LINES = 400
BINARY = {".bin", ".pdf", ".png", ".xls", ".xlsb"}
ZIPPED = {".xlam", ".xlsm", ".xlsx"}
# Put together here, so that this file does not hold what it looks for.
PUBLIC_REGISTRIES = {".".join(parts) for parts in (("pypi", "org"), ("pythonhosted", "org"), ("deb", "debian", "org"))}


@cache
def repository_files() -> tuple[Path, ...]:
    """List what git tracks, and what it would on `git add`, so that a fault shows before the commit."""
    require(["git"])
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True
    )
    if listing.returncode:
        pytest.skip(f"not a git checkout: {listing.stderr.decode(errors='replace').strip()}")
    names = listing.stdout.decode().split("\0")
    return tuple(path for path in (ROOT / name for name in sorted(set(names)) if name) if path.is_file())


def texts() -> Iterator[tuple[str, str]]:
    """Give each repository file as (name, text); a workbook as its parts."""
    for path in repository_files():
        name = path.relative_to(ROOT).as_posix()
        if path.suffix in ZIPPED:
            with zipfile.ZipFile(path) as book:
                for part in book.namelist():
                    yield f"{name}!{part}", book.read(part).decode("utf-8", errors="replace")
        elif path.suffix == ".gz":
            yield name, gzip.decompress(path.read_bytes()).decode("utf-8", errors="replace")
        elif path.suffix not in BINARY:
            yield name, path.read_text(encoding="utf-8", errors="replace")


def python_files(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


@cache
def imports(path: Path) -> list[tuple[str, int]]:
    """Give each module that a file imports, anywhere in it, with its line; `from a import b` as `a.b`."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(path))):
        if isinstance(node, ast.Import):
            found += [(alias.name, node.lineno) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found += [(f"{node.module}.{alias.name}", node.lineno) for alias in node.names]
    return found


def offences(folders: tuple[str, ...], forbidden: str) -> list[str]:
    pattern = re.compile(forbidden)
    return [
        f"{path.relative_to(ROOT)}:{line} imports {module}"
        for path in python_files(*folders)
        for module, line in imports(path)
        if pattern.match(module)
    ]


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    """Check the contracts of the pyproject.toml in a folder."""
    program = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    command = [sys.executable, "-c", program, "--no-cache", "--no-logo"]
    return subprocess.run(command, cwd=folder, env=os.environ | {"NO_COLOR": "1"}, capture_output=True, text=True)


def test_layers_and_fences_hold():
    """Section 3 of the design, as contracts in pyproject.toml."""
    result = lint_imports(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "0 broken" in result.stdout


def test_a_forbidden_import_breaks_a_contract(tmp_path):
    """Each contract bites: the same configuration refuses what crosses a fence, runs up, or goes round."""
    own = [path.relative_to(ROOT) for path in python_files("xlalm", "udfs", "workbooks")]  # all of it, but empty
    modules = {(path.parent if path.stem == "__init__" else path.with_suffix("")).as_posix(): "" for path in own}
    modules |= {
        "udfs/build_addin": "import xlalm.workbook.package.compare\n",
        "xlalm/workbook/package/compare": "import xlalm.workbook.live.table\n",
        "xlalm/workbook/live/table": "import xlwings\nimport xlalm.workbook.package.compare\n",
        "xlalm/solver": "import highspy\n",
        "xlalm/domain": "import highspy, numba, pymoo, distributed, statsmodels, xlwings, xlalm.app, udfs\n",
        "xlalm/unplanned": "",
        "udfs": "import xlwings, xlalm.solver\n",
        "workbooks": "import xlalm.model, xlalm.app\n",
    }
    for name, text in modules.items():
        package = tmp_path / name
        package.mkdir(parents=True, exist_ok=True)
        (package / "__init__.py").write_text(text)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    result = lint_imports(tmp_path)
    assert result.returncode == 1, result.stdout + result.stderr
    packages = ("highspy", "numba", "pymoo", "distributed", "statsmodels", "xlwings")
    broken = [f"xlalm.domain -> {module}" for module in (*packages, "xlalm.app", "udfs")]
    broken += ["udfs -> xlalm.solver", "workbooks -> xlalm.model", "xlalm.unplanned", "No cycles are allowed"]
    assert [line for line in broken if line not in result.stdout] == [], result.stdout
    kept = ("xlalm.solver -> highspy", "live.table -> xlwings", "udfs -> xlwings", "workbooks -> xlalm.app")
    assert [line for line in kept if line in result.stdout] == []


@pytest.mark.parametrize("folder", ["xlalm", "udfs", "workbooks", "installer"])
def test_modules_stay_small(folder):
    sizes = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in python_files(folder)}
    assert sizes, f"no module found under {folder}/"
    large = [f"{path.relative_to(ROOT)}: {lines} lines" for path, lines in sizes.items() if lines > MAX_LINES]
    assert not large, "find the seam"


def test_nothing_of_xlwings_pro_is_used():
    """Everything under xlwings.pro is licensed, not BSD."""
    assert not offences(("xlalm", "udfs", "workbooks", "tests"), r"xlwings\.(pro|reports)\b")


def test_records_are_attrs():
    """One kind of record; only the installer, which runs before anything is installed, has dataclasses."""
    assert not offences(("xlalm", "udfs", "workbooks"), r"dataclasses\b")


def test_formulas_never_reach_a_solver():
    """`udfs/` imports `app` and `measures` (and the messages' types), never a solver or a layer between."""
    assert not offences(("udfs",), r"(highspy|scipy)\b|xlalm\.(solver|program|policy|simulation)\b")


def test_installer_uses_only_the_standard_library():
    own = sys.stdlib_module_names | {"installer"}
    foreign = [
        f"{path.name}:{line} imports {module}"
        for path in python_files("installer")
        for module, line in imports(path)
        if module.split(".")[0] not in own
    ]
    assert not foreign


def test_a_click_does_not_pay_for_heavy_packages():
    """Importing the command line loads none of the packages that only training, estimation or papers need."""
    heavy = ["matplotlib", "numba", "pymoo", "statsmodels"]
    program = f"import sys, json, xlalm.cli; print(json.dumps([name for name in {heavy} if name in sys.modules]))"
    result = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout) == []


def test_no_large_files():
    assert not too_large(repository_files())


def test_no_machine_paths():
    """A path of the machine that wrote a file says nothing to the machine that reads it."""
    # Put together here, so that this file does not hold what it looks for.
    places = ["work/", "root/", "home/[a-z]", "Users/[A-Za-z]"]
    pattern = re.compile(r"(?<![\w.*~}/-])/(" + "|".join(places) + r")|\b[A-Z]:\\\\?Users\\\\?\w")
    found = [f"{name}: {match[0]}" for name, text in texts() for match in pattern.finditer(text)]
    assert not found


def test_no_registry_hosts():
    """Where packages come from is a matter of each machine's configuration, never of the repository."""
    hosts = configured_hosts() | PUBLIC_REGISTRIES
    found = [f"{name} names a package registry" for name, text in texts() if any(host in text for host in hosts)]
    assert not found


def test_lock_files_name_no_index():
    for lock in ROOT.glob("requirements*.lock"):
        packages = [line for line in lock.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
        assert packages
        assert not [line for line in packages if "://" in line or line.startswith("-")], lock.name


def configured_hosts() -> set[str]:
    """Find the hosts that pip and uv are set to install from."""
    values = [value for name, value in os.environ.items() if re.fullmatch(r"(PIP|UV)_.*(INDEX|LINKS).*", name)]
    home = Path.home()
    for path in (Path("/etc/pip.conf"), home / ".config/pip/pip.conf", home / ".pip/pip.conf", home / "pip/pip.ini"):
        parser = configparser.RawConfigParser()
        parser.read(path, encoding="utf-8")
        values += [value for section in parser.sections() for _, value in parser.items(section)]
    for path in (Path("/etc/uv/uv.toml"), home / ".config/uv/uv.toml"):
        values += [path.read_text(encoding="utf-8")] if path.is_file() else []
    urls = re.findall(r"https?://[^\s\"',]+", " ".join(values))
    return {host for url in urls if (host := urlsplit(url).hostname) and "." in host}
