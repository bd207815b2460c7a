"""A live LibreOffice without a window, driven through UNO: its own profile, its own pipe, ended with the test."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

DEBIAN = "/usr/lib/python3/dist-packages"  # where Debian keeps UNO for Python
VARIABLE = "XLALM_TEST_OFFICE"
_FRESH_PROFILE = 81
_PATIENCE_S = 60.0
_FILTERS = {".xlsx": "Calc MS Excel 2007 XML", ".pdf": "calc_pdf_Export"}


def soffice_binary() -> Path | None:
    """Return the program behind the ``soffice`` script, whose process id is the office's own."""
    script = shutil.which("soffice")
    binary = Path(script).resolve().with_name("soffice.bin") if script else None
    return binary if binary is not None and binary.is_file() else None


def has_uno() -> bool:
    """Whether there is UNO for Python, whose folder comes last on the path.

    It is imported only where an office is spoken to: it changes what a failed import raises, for everybody.
    """
    if DEBIAN not in sys.path:
        sys.path.append(DEBIAN)
    return importlib.util.find_spec("uno") is not None


def property_values(**values: object) -> tuple[Any, ...]:
    """Return named values as UNO wants them."""
    from com.sun.star.beans import PropertyValue  # type: ignore[import-not-found]

    found = []
    for name, value in values.items():
        item = PropertyValue()
        item.Name, item.Value = name, value
        found.append(item)
    return tuple(found)


def connect(pipe: str) -> Any:
    """Return the component context of the office that listens on ``pipe``; raises where none does."""
    has_uno()
    import uno

    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    return resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")


class Office:
    """A running office; ``environment`` lets other processes find it."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="office-"))
        self.pipe = f"xlalm-{os.getpid()}-{time.monotonic_ns()}"
        self.log = self.folder / "app.jsonl"
        self.log.touch()
        deadline = time.monotonic() + _PATIENCE_S
        self.process = self._start()
        while True:
            try:
                self.context = connect(self.pipe)
                break
            except Exception as fault:  # UNO's own exceptions, whose classes exist only once it runs
                if self.process.poll() == _FRESH_PROFILE:  # it asks to be started again after making a profile
                    self.process = self._start()
                elif self.process.poll() is not None or time.monotonic() > deadline:
                    self.close()
                    message = f"soffice did not answer (exit {self.process.returncode})"
                    raise RuntimeError(message) from fault
                time.sleep(0.05)

    def _start(self) -> subprocess.Popen[bytes]:
        profile = (self.folder / "profile").as_uri()
        options = ["--headless", "--norestore", "--nologo", "--nodefault", f"-env:UserInstallation={profile}"]
        command = [str(soffice_binary()), *options, f"--accept=pipe,name={self.pipe};urp;"]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        # Its own Python takes its library from beside the first python3 on the path: that must be the system's.
        own = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        return subprocess.Popen(command, env=own | {"LC_ALL": "C", "PATH": os.defpath}, **quiet)

    @property
    def environment(self) -> Mapping[str, str]:
        """Environment in which ``tests.calc.lo_engine`` finds this office."""
        known = {"pipe": self.pipe, "pid": self.process.pid, "log": str(self.log)}
        return {VARIABLE: json.dumps(known)}

    def service(self, name: str) -> Any:
        """Return a service of the office."""
        return self.context.ServiceManager.createInstanceWithContext(name, self.context)

    def converted(self, path: Path, target: Path) -> Path:
        """Open a file, compute every formula anew, and save it as .xlsx or .pdf, as the target's ending says."""
        options = property_values(FilterName=_FILTERS[target.suffix])
        desktop = self.service("com.sun.star.frame.Desktop")
        document = desktop.loadComponentFromURL(path.as_uri(), "_blank", 0, property_values(Hidden=True))
        try:
            document.calculateAll()
            document.storeToURL(target.as_uri(), options)
        finally:
            document.close(True)
        return target

    def close(self) -> None:
        """End the office and remove its folder."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
