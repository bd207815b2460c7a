"""Expected failures: each says what went wrong and what to do, and never shows a traceback."""

from __future__ import annotations

import errno
import re
import sys


class InstallError(Exception):
    """Something outside the installer is in the way.

    Parameters
    ----------
    problem : what is wrong, one line.
    cure : what the reader can do about it.
    """

    def __init__(self, problem: str, cure: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.cure = cure


NETWORK_CURE = (
    "check the network, or name your company's package mirror and proxy to pip "
    "('pip config set global.index-url ...', 'pip config set global.proxy ...'); then run the same command again, "
    "it goes on where it stopped"
)
DISK_CURE = "free some disk space and run the same command again; it goes on where it stopped"

# Most specific first. A lost network also makes pip say "no matching distribution", so it is looked for before that.
_PIP_FAILURES: tuple[tuple[str, str, str], ...] = (
    (r"No space left on device|Errno 28|not enough space on the disk", "the disk is full", DISK_CURE),
    (
        r"DO NOT MATCH THE HASHES",
        "a package differs from the one the lock file names",
        "the mirror or a proxy changed it: use another index or ask who runs the mirror; do not bypass the check",
    ),
    (
        r"CERTIFICATE_VERIFY_FAILED|SSLError|certificate verify failed",
        "the package index's certificate is not trusted here",
        "give pip your company's certificate bundle ('pip config set global.cert PATH') and run the same command again",
    ),
    (
        r"Temporary failure in name resolution|getaddrinfo failed|Name or service not known|nodename nor servname"
        r"|NewConnectionError|ConnectionError|Connection refused|ConnectTimeout|ReadTimeout|Read timed out"
        r"|Max retries exceeded|ProxyError|Network is unreachable|Connection broken",
        "the package index cannot be reached",
        NETWORK_CURE,
    ),
    (
        r"Microsoft Visual C\+\+ .* is required|Failed building wheel|error: command '.*(gcc|cc|cl\.exe)",
        "a package has no ready-made build for this Python",
        "use CPython 3.11 to 3.14, 64 bit, on Windows, macOS or Linux",
    ),
    (
        r"Permission denied|Access is denied|WinError 5\b|Errno 13",
        "a file may not be written",
        "close programs that use the environment (Excel, an editor, a running xlalm) and check who owns the folder",
    ),
)


def diagnose_pip(output: str) -> InstallError:
    """Turn what pip printed before it failed into a problem and a cure."""
    for pattern, problem, cure in _PIP_FAILURES:
        if re.search(pattern, output):
            return InstallError(problem, cure)
    missing = re.search(r"No matching distribution found for (\S+)", output)
    if missing:
        return InstallError(
            f"the package index does not offer {missing[1]} for Python {sys.version_info[0]}.{sys.version_info[1]}",
            "use CPython 3.11 to 3.14, 64 bit; if a company mirror is set, it may be behind the public index",
        )
    errors = [line.strip() for line in output.splitlines() if line.lstrip().startswith("ERROR")]
    detail = errors[-1].removeprefix("ERROR:").strip() if errors else "no reason given"
    return InstallError(f"pip failed: {detail}", "read the whole output: xlalm-install.log in the environment's folder")


def from_os_error(error: OSError) -> InstallError:
    """Say what an operating system's refusal means for the person at the keyboard."""
    where = f" ({error.filename})" if error.filename else ""
    if error.errno == errno.ENOSPC:
        return InstallError(f"the disk is full{where}", DISK_CURE)
    if isinstance(error, PermissionError):
        return InstallError(
            f"no permission to write{where}",
            "close programs that hold it open (Excel, an editor, a running xlalm) and check who owns the folder",
        )
    if error.errno == errno.EROFS:
        return InstallError(f"the file system is read-only{where}", "copy the checkout to a folder you can write to")
    return InstallError(f"{error.strerror or error}{where}", "run 'python3 installer doctor' for a full check")
