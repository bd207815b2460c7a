"""How this machine reaches its registries: apt's sources and pip's settings, read when they are needed."""

import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

APT = Path("/etc/apt")
CERTIFICATES = "/etc/registry-certificates.pem"
"""Where a bare root keeps the certificates; a place of its own, since installing packages writes the usual one anew."""

REACHING = ("default-timeout", "extra-index-url", "index-url", "proxy", "timeout", "trusted-host")
"""Settings of pip that say where packages are had; all others (constraints, folders of wheels) stay out of the root."""

_PROXIES = re.compile(r"(?:https?|ftp|all|no)_proxy", re.IGNORECASE)


class Source(NamedTuple):
    """A place of Debian packages, and the file of keys it is signed with, blank for apt's own."""

    mirror: str
    suite: str
    keys: str


def sources(apt: Path = APT) -> list[Source]:
    """Return apt's sources of binary packages, in the order in which apt reads them."""
    parts = sorted((apt / "sources.list.d").glob("*"))
    found: list[Source] = []
    for path in [apt / "sources.list", *parts]:
        if path.is_file() and path.suffix == ".list":
            found += _of_lines(path.read_text(encoding="utf-8"))
        elif path.is_file() and path.suffix == ".sources":
            found += _of_paragraphs(path.read_text(encoding="utf-8"))
    return found


def _of_lines(text: str) -> Iterator[Source]:
    for line in text.splitlines():
        match = re.match(r"\s*deb\s+(?:\[(.*?)\]\s+)?(\S+)\s+(\S+)", line)
        if match:
            keys = re.search(r"signed-by=(/\S+)", match[1] or "")
            yield Source(match[2], match[3], keys[1] if keys else "")


def _of_paragraphs(text: str) -> Iterator[Source]:
    lines = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    for paragraph in re.split(r"\n\s*\n", lines):
        field = {name.lower(): value.strip() for name, value in re.findall(r"(?m)^(\S+):(.*(?:\n[ \t].*)*)", paragraph)}
        if "deb" not in field.get("types", "").split() or field.get("enabled", "yes").lower() == "no":
            continue
        signed = field.get("signed-by", "")
        for mirror in field.get("uris", "").split():
            for suite in field.get("suites", "").split():
                yield Source(mirror, suite, signed if signed.startswith("/") else "")


def pip_settings() -> dict[str, str]:
    """Return what ``pip config list`` says, by the last word of each name; nothing where this Python has no pip."""
    listing = subprocess.run([sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True)
    return parsed_settings(listing.stdout.splitlines() if listing.returncode == 0 else ())


def parsed_settings(lines: Iterable[str]) -> dict[str, str]:
    """Return settings of the form ``global.index-url='…'``; a later line counts, as the environment's do for pip."""
    found = {}
    for line in lines:
        match = re.match(r"[^=]*\.([\w-]+)='(.*)'$", line)
        if match:
            found[match[1]] = match[2]
    return found


def certificates(settings: Mapping[str, str], environ: Mapping[str, str] = os.environ) -> Path | None:
    """Return the file of certificates that the index's is checked against, where the machine names one."""
    named = (settings.get("cert"), environ.get("REQUESTS_CA_BUNDLE"), environ.get("SSL_CERT_FILE"))
    return next((Path(name) for name in named if name), None)


def environment(settings: Mapping[str, str], environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the variables by which apt and pip reach their registries from inside a bare root."""
    reached = {name: value for name, value in environ.items() if _PROXIES.fullmatch(name)}
    for name in REACHING:
        places = [word for word in settings.get(name, "").split() if not word.startswith("file:")]
        if places:
            reached[f"PIP_{name.upper().replace('-', '_')}"] = " ".join(places)
    if certificates(settings, environ) is not None:
        reached["PIP_CERT"] = CERTIFICATES
    return reached
