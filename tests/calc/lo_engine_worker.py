"""The process of a long verb, as the ribbon starts it, over LibreOffice.

``python -m tests.calc.lo_engine_worker FOLDER [MOMENT]``: with a moment (``solving``, ``writing``) the process waits
there, so that a test can press Stop, edit cells or kill it.
"""

import sys
import time
from pathlib import Path
from typing import Any

from tests.calc import lo_engine
from xlalm import ribbon
from xlalm.workbook.live import writing as live_write

_PATIENCE_S = 60.0


def wait_at(folder: Path, moment: str) -> None:
    """Say that the moment has come and wait for the test's answer."""
    (folder.parent.parent / f"at-{moment}").touch()
    go_on, deadline = folder.parent.parent / "go-on", time.monotonic() + _PATIENCE_S
    while not go_on.exists() and time.monotonic() < deadline:
        time.sleep(0.02)


def main(folder: Path, moment: str) -> None:
    lo_engine.activate()
    if moment == "solving":
        show = ribbon.show_status

        def slow_show(app: Any, text: str) -> None:
            show(app, text)
            if not (folder.parent.parent / "at-solving").exists():
                wait_at(folder, moment)

        ribbon.show_status = slow_show  # type: ignore[assignment]
    if moment == "writing":
        add = live_write._write_body
        written: list[object] = []

        def slow_write(target: Any) -> None:
            add(target)
            written.append(target)
            if len(written) == 8:
                wait_at(folder, moment)

        live_write._write_body = slow_write
    ribbon._LAST_WORD_S = 0.0
    ribbon.work(folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "")
