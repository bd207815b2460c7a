"""LibreOffice without a window: recalculating workbooks and printing them."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path

SOFFICE = shutil.which("soffice")

# 0 = always recalculate on load, for files of Excel 2007 and later.
_SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" oor:op="fuse">
<value>0</value></prop></item>
<item oor:path="/org.openoffice.Setup/Office"><prop oor:name="ooSetupInstCompleted" oor:op="fuse">
<value>true</value></prop></item>
</oor:items>
"""
_TIMEOUT = 180
_FRESH_PROFILE = 81


def recalculate(paths: Sequence[Path], out_dir: Path) -> list[Path]:
    """Let LibreOffice open workbooks, compute every formula anew and save them as .xlsx; returns the new files."""
    return _convert(paths, out_dir, "xlsx:Calc MS Excel 2007 XML")


def to_pdf(path: Path, out_dir: Path) -> Path:
    """Print every sheet."""
    return _convert([path], out_dir, "pdf")[0]


@cache
def _profile() -> Path:
    """Return a profile for all conversions of this process; a fresh one makes each start take twice as long."""
    profile = Path(tempfile.mkdtemp(prefix="soffice-"))
    atexit.register(shutil.rmtree, profile, ignore_errors=True)
    settings = profile / "user" / "registrymodifications.xcu"
    settings.parent.mkdir()
    settings.write_text(_SETTINGS, encoding="utf-8")
    return profile


def _convert(paths: Sequence[Path], out_dir: Path, kind: str) -> list[Path]:
    assert SOFFICE, "soffice (LibreOffice) is not installed"
    out_dir.mkdir(parents=True, exist_ok=True)
    targets = [out_dir / f"{path.stem}.{kind.split(':')[0]}" for path in paths]
    assert not {*targets} & {*paths}, "a converted file would replace its source; give another folder"
    for target in targets:
        target.unlink(missing_ok=True)
    command = [SOFFICE, f"-env:UserInstallation={_profile().as_uri()}", "--headless", "--norestore"]
    command += ["--convert-to", kind, "--outdir", str(out_dir), *map(str, paths)]
    environment = os.environ | {"LC_ALL": "C"}
    for _attempt in range(3):
        done = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT, check=False, env=environment)
        if done.returncode != _FRESH_PROFILE:  # soffice asks to be started again after making a profile
            break
    if missing := [target.name for target in targets if not target.exists()]:
        message = f"soffice did not make {missing} (exit {done.returncode}): {done.stdout} {done.stderr}"
        raise RuntimeError(message)
    return targets
