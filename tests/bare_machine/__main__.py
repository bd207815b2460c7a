"""``.ci/run`` on a bare machine: ``python3 -m tests.bare_machine FOLDER [arguments of pytest]``.

A fresh root with nothing but the distribution's base and its python3 is made in FOLDER by debootstrap; a clone of HEAD
is put into it and ``.ci/run`` runs there. Whatever that needs, it has to install itself. The exit code is its own;
everything printed is also in FOLDER/log. As root, with Debian's package debootstrap; standard library only.

Mirror, suite, proxies and certificates are those of the machine. Mounts and processes live in namespaces of their own,
so that nothing is left mounted or running, however the job ends; FOLDER (some 4 GB) stays until it is removed.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TextIO

from tests.bare_machine import registries

CHECKOUT = Path(__file__).resolve().parents[2]
INSIDE = "srv/xlalm"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
APART = ("unshare", "--mount", "--pid", "--fork", "--kill-child", "--propagation", "private")

_ENTER = """
mount -t proc proc "$1/proc" && mount --rbind /sys "$1/sys" && mount --rbind /dev "$1/dev" || exit 1
exec chroot "$@"
"""


class Job:
    """Commands whose output goes to the screen and to a log."""

    def __init__(self, log: TextIO) -> None:
        self._log = log

    def say(self, text: str) -> None:
        """Print a line."""
        self._log.write(f"{text}\n")
        self._log.flush()
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()

    def run(self, command: Sequence[str], environ: Mapping[str, str] | None = None) -> int:
        """Return the exit code of a command; it and all that it started end when this job does."""
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        with subprocess.Popen(command, env=environ, text=True, errors="replace", **pipes) as process:
            try:
                for line in process.stdout:
                    self.say(line.rstrip("\n"))
            except BaseException:
                process.kill()
                raise
        return process.returncode


def missing() -> list[str]:
    """Return what this machine lacks for the job."""
    programs = ("debootstrap", "unshare", "chroot", "mount", "git")
    lacking = [f"the program {name}" for name in programs if shutil.which(name, path=PATH) is None]
    if os.geteuid() != 0:
        lacking.append("the rights of root")
    if not registries.sources():
        lacking.append("a source of Debian packages in /etc/apt")
    return lacking


def make(job: Job, root: Path) -> int:
    """Fill a fresh root: the distribution's base and python3, how to reach registries, and a clone of HEAD."""
    source = registries.sources()[0]
    signed = [f"--keyring={source.keys}"] if source.keys else []
    base = ["--variant=minbase", "--include=python3", *signed, source.suite, str(root), source.mirror]
    code = job.run([*APART, "debootstrap", *base], {**os.environ, "PATH": PATH})
    if code:
        return code
    shutil.rmtree(root / "etc/apt")
    shutil.copytree(registries.APT, root / "etc/apt")
    files = {"/etc/resolv.conf": "/etc/resolv.conf", "/etc/hosts": "/etc/hosts"}
    files |= {source.keys: source.keys for source in registries.sources() if source.keys}
    given = registries.certificates(registries.pip_settings())
    if given is not None:
        files[str(given)] = registries.CERTIFICATES
    for here, there in files.items():
        target = root / there.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(here, target)
    return job.run(["git", "clone", "--quiet", "--no-hardlinks", str(CHECKOUT), str(root / INSIDE)])


def check(job: Job, root: Path, arguments: Sequence[str]) -> int:
    """Run ``.ci/run`` in the root with nothing of this machine's environment but the way to the registries."""
    environ = {"PATH": PATH, "HOME": "/root", "LANG": "C.UTF-8"}
    environ |= registries.environment(registries.pip_settings())
    inside = ["/bin/bash", f"/{INSIDE}/.ci/run", *arguments]
    return job.run([*APART, "/bin/sh", "-c", _ENTER, "enter", str(root), *inside], environ)


def main() -> int:
    """Make the root, run the checks, and return their exit code; 2 where this machine lacks what the job needs."""
    parser = argparse.ArgumentParser(prog="python3 -m tests.bare_machine", description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path, help="a new folder for the root and the log")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="handed to pytest; by default the whole suite")
    given = parser.parse_args()
    lacking = missing()
    if lacking:
        parser.error(f"this machine lacks {', '.join(lacking)}")
    folder: Path = given.folder.resolve()
    if folder.exists() and any(folder.iterdir()):
        parser.error(f"{folder} is not empty; name a new folder")
    folder.mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    started = time.monotonic()
    with (folder / "log").open("w", encoding="utf-8") as log:
        job = Job(log)
        job.say(f"bare machine: log in {folder / 'log'}")
        root = folder / "root"
        code = make(job, root)
        job.say(f"bare machine: root made (exit {code}) after {time.monotonic() - started:.0f} s")
        if code == 0:
            code = check(job, root, given.arguments)
        job.say(f"bare machine: exit {code} after {time.monotonic() - started:.0f} s; log in {folder / 'log'}")
    return code


if __name__ == "__main__":
    sys.exit(main())
