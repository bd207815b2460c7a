"""What xlalm keeps for this user outside workbooks, and where tracebacks go: a log file, never a screen or a cell."""

import logging
import os
from pathlib import Path


def state_folder() -> Path:
    """Return the folder of what xlalm keeps for this user, which nobody else can read."""
    base = os.environ.get("LOCALAPPDATA") or os.environ.get("XDG_STATE_HOME")
    folder = (Path(base) if base else Path.home() / ".local" / "state") / "xlalm"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def log_fault() -> str:
    """Write the current exception with its traceback to the log file and return the file's path in words."""
    try:
        path = state_folder() / "xlalm.log"
        handler = logging.FileHandler(path, encoding="utf-8", errors="backslashreplace")
    except OSError as reason:
        return f"it (no log: {reason.filename} cannot be written, {reason.strerror})"
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    logger = logging.getLogger("xlalm")
    logger.addHandler(handler)
    logger.exception("unexpected fault")
    logger.removeHandler(handler)
    handler.close()
    return str(path)
