"""LibreOffice without a window: recalculating a workbook and drawing it."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

SOFFICE = shutil.which("soffice")
PDFTOPPM = shutil.which("pdftoppm")

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


def recalculate(path: Path, out_dir: Path) -> Path:
    """Let LibreOffice open a workbook, compute every formula anew and save it as .xlsx; returns the new file."""
    return _convert(path, out_dir, "xlsx:Calc MS Excel 2007 XML")


def to_pdf(path: Path, out_dir: Path) -> Path:
    """Print every sheet."""
    return _convert(path, out_dir, "pdf")


def to_png(path: Path, out_dir: Path, *, dpi: int = 80) -> list[Path]:
    """Draw every printed page; returns the pictures in page order."""
    assert PDFTOPPM, "pdftoppm (poppler-utils) is not installed"
    pdf = to_pdf(path, out_dir)
    subprocess.run([PDFTOPPM, "-r", str(dpi), "-png", str(pdf), str(out_dir / path.stem)], check=True, timeout=_TIMEOUT)
    return sorted(out_dir.glob(f"{path.stem}-*.png"))


def _convert(path: Path, out_dir: Path, kind: str) -> Path:
    assert SOFFICE, "soffice (LibreOffice) is not installed"
    out_dir.mkdir(parents=True, exist_ok=True)
    target = out_dir / f"{path.stem}.{kind.split(':')[0]}"
    assert target != path, "the converted file would replace its source; give another folder"
    target.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(prefix="soffice-", ignore_cleanup_errors=True) as profile:
        settings = Path(profile) / "user" / "registrymodifications.xcu"
        settings.parent.mkdir(parents=True)
        settings.write_text(_SETTINGS, encoding="utf-8")
        command = [SOFFICE, f"-env:UserInstallation={Path(profile).as_uri()}", "--headless", "--norestore"]
        command += ["--convert-to", kind, "--outdir", str(out_dir), str(path)]
        for _attempt in range(3):
            done = subprocess.run(
                command,
                capture_output=True,
                text=True,
                timeout=_TIMEOUT,
                check=False,
                env={**os.environ, "LC_ALL": "C"},
            )
            if done.returncode != _FRESH_PROFILE:  # soffice asks to be started again after making a profile
                break
    if not target.exists():
        message = f"soffice made no {target.name} (exit {done.returncode}): {done.stdout} {done.stderr}"
        raise RuntimeError(message)
    return target
