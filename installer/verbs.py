"""The verbs, and how their failures are told."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence

from installer.checks import test
from installer.demo import demo
from installer.doctor import doctor
from installer.environment import ensure, say
from installer.failures import InstallError, from_os_error
from installer.layout import Layout, checkout
from installer.removal import uninstall

USAGE = """\
usage: python3 installer VERB

  demo        set up what is needed, solve the sample workbook, say what to open
  install     set up what is needed, no more
  test [...]  set up the development tools and run every check; further arguments go to pytest
  doctor      say what is here, what is wrong and how to cure it
  uninstall   remove what this installer made, and nothing else

On Windows: py installer VERB. Everything goes into this folder (.venv, xlalm-demo); nothing is changed elsewhere.
"""


def install(layout: Layout) -> int:
    """Set up the runtime environment."""
    did = ensure(layout, "runtime")
    say("ready" if did else "already up to date")
    say(f'use it with: "{layout.python}" -m xlalm --help')
    return 0


_PLAIN_VERBS = {"demo": demo, "install": install, "doctor": doctor, "uninstall": uninstall}


def main(arguments: Sequence[str], layout: Layout | None = None) -> int:
    """Carry out one verb; returns the exit code (0 done, 1 failed, 2 wrong usage, 130 stopped by the user)."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a Windows console may lack a letter of a path
    verb, extra = (arguments[0], list(arguments[1:])) if arguments else ("", [])
    if verb in ("-h", "--help", "help") or (verb in _PLAIN_VERBS and extra in (["-h"], ["--help"])):
        print(USAGE, end="")
        return 0
    if verb != "test" and (verb not in _PLAIN_VERBS or extra):
        print(USAGE, end="", file=sys.stderr)
        wrong = f"unknown verb {verb!r}" if verb and verb not in _PLAIN_VERBS else f"{verb or 'no verb'} {extra or ''}"
        print(f"not understood: {wrong.strip()}", file=sys.stderr)
        return 2
    layout = layout or checkout()
    try:
        return test(layout, extra) if verb == "test" else _PLAIN_VERBS[verb](layout)
    except InstallError as error:
        failure = error
    except OSError as error:
        failure = from_os_error(error)
    except KeyboardInterrupt:
        say("stopped; run the same command again to go on")
        return 130
    print(f"xlalm installer: {failure.problem}\n  cure: {failure.cure}", file=sys.stderr, flush=True)
    return 1
