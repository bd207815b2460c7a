"""The zip file a workbook is: opened with limits, its parts read one at a time, written again part by part."""

from __future__ import annotations

import io
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from xlalm.domain.errors import Refused

MAX_FILE_BYTES = 100 * 2**20
"""Bytes of a workbook file."""

MAX_PART_BYTES = 512 * 2**20
"""Unpacked bytes of one part of it."""

MAX_TOTAL_BYTES = 2 * 2**30
"""Unpacked bytes of all parts together."""

MAX_PARTS = 20_000
"""Parts of a workbook file."""

MAX_RATIO = 250
"""Unpacked over packed size of a part; deflate cannot pass 1032:1, sheets of real books stay below 60:1."""

RATIO_FROM_BYTES = 16 * 2**20
"""Unpacked bytes from which on ``MAX_RATIO`` holds; small parts are not worth a refusal."""

_WEB = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/|https?:")
_OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_FLAG = 0x1
_LEVEL = 5  # on a 300,000-cell sheet a third faster than the default 6, and 3 % larger


class Container:
    """The parts of a workbook file, held compressed in memory so that the file itself is never kept open.

    Parameters
    ----------
    data : the bytes of the file.
    label : file name for messages.
    """

    def __init__(self, data: bytes, label: str) -> None:
        self.label = label
        self._zip = _opened(data, label)
        self._infos = {info.filename: info for info in self._zip.infolist() if not info.is_dir()}
        self._by_lower = {name.lower(): name for name in self._infos}
        _check_sizes(self._zip, label)

    @property
    def names(self) -> tuple[str, ...]:
        """Part names in file order."""
        return tuple(self._infos)

    def find(self, name: str) -> str | None:
        """Spelling of a part name in this file (part names ignore case), ``None`` if it is not there."""
        return name if name in self._infos else self._by_lower.get(name.lower())

    def read(self, name: str) -> bytes:
        """Bytes of one part."""
        try:
            return self._zip.read(self._infos[name])
        except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError) as error:
            text = f"{self.label} is damaged (part {name}: {error})"
            cure = "get a fresh copy or repair it in Excel"
            raise Refused(None, text, cure) from error
        except (NotImplementedError, RuntimeError, ValueError) as error:
            text = f"{self.label}: part {name} is packed in a way Excel does not use ({error})"
            cure = "save it in Excel"
            raise Refused(None, text, cure) from error

    def write(self, stream: BinaryIO, changed: Mapping[str, bytes], removed: frozenset[str]) -> None:
        """Write the file anew: same order, dates and compression; ``changed`` parts replaced, new ones at the end."""
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as out:
            out.comment = self._zip.comment
            for name, info in self._infos.items():
                if name not in removed:
                    data = changed[name] if name in changed else self.read(name)
                    out.writestr(_same_entry(info), data, compresslevel=_LEVEL)
            for name, data in changed.items():
                if name not in self._infos:
                    new = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
                    new.compress_type = zipfile.ZIP_DEFLATED
                    new.external_attr = 0o600 << 16
                    out.writestr(new, data, compresslevel=_LEVEL)


def _same_entry(info: zipfile.ZipInfo) -> zipfile.ZipInfo:
    copy = zipfile.ZipInfo(info.filename, info.date_time)
    copy.compress_type = info.compress_type
    copy.create_system = info.create_system
    copy.external_attr = info.external_attr
    copy.internal_attr = info.internal_attr
    copy.comment = info.comment
    return copy


def file_bytes(path: Path) -> bytes:
    """Return what the file at ``path`` holds; every way in which there is none to read is a ``Refused`` with a cure."""
    text = str(path)
    if _WEB.match(text):  # a Path keeps one slash of two
        text = f"{text} is a web address"
        cure = "save a copy on this computer (or use the synchronised folder)"
        raise Refused(None, text, cure)
    try:
        if path.is_dir():
            text = f"{path.name} is a folder"
            cure = "give the path of a workbook"
            raise Refused(None, text, cure)
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):  # a pipe never ends, a device has no size
            text = f"{path.name} is a device or a pipe"
            cure = "give the path of a workbook"
            raise Refused(None, text, cure)
        size = status.st_size
        if size > MAX_FILE_BYTES:
            limit = MAX_FILE_BYTES // 2**20
            text = f"{path.name} has {size / 2**20:.0f} MB; the limit is {limit} MB"
            cure = "delete sheets you do not need"
            raise Refused(None, text, cure)
        with path.open("rb") as stream:
            return stream.read(MAX_FILE_BYTES)
    except FileNotFoundError as error:
        text = f"{text} is not there"
        cure = "check the path"
        raise Refused(None, text, cure) from error
    except OSError as error:
        text = f"{path.name} cannot be read ({error.strerror})"
        cure = "close it in other programs and check your rights"
        raise Refused(None, text, cure) from error
    except ValueError as error:  # a zero byte
        text = f"{path.name} is no path of a file"
        cure = "check the path"
        raise Refused(None, text, cure) from error


def _opened(data: bytes, label: str) -> zipfile.ZipFile:
    if not data:
        text = f"{label} is empty (0 bytes)"
        cure = "if it lies in a cloud folder, wait until it is synchronised"
        raise Refused(None, text, cure)
    if data.startswith(_OLE_MAGIC):
        text = f"{label} is encrypted, label-protected or an old .xls"
        cure = "in Excel remove the password or label, or save it as .xlsx or .xlsm"
        raise Refused(None, text, cure)
    try:
        return zipfile.ZipFile(io.BytesIO(data))
    except (
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        struct.error,
        ValueError,
        LookupError,
        OSError,
        EOFError,
        NotImplementedError,
    ) as error:
        if data.startswith(b"PK\x03\x04"):
            text, cure = f"{label} is damaged: its end is missing or broken", "copy or download it again"
        else:
            text, cure = f"{label} is not an Excel workbook", "save it in Excel as .xlsx or .xlsm"
        raise Refused(None, text, cure) from error


def _check_sizes(archive: zipfile.ZipFile, label: str) -> None:
    infos = archive.infolist()
    seen: set[str] = set()
    total = 0
    if len(infos) > MAX_PARTS:
        text = f"{label} holds {len(infos):,} parts; the limit is {MAX_PARTS:,}"
        cure = "save it anew in Excel"
        raise Refused(None, text, cure)
    for info in infos:
        if info.filename.lower() in seen:
            text = f"{label} holds part {info.filename} twice"
            cure = "open it in Excel and save it anew"
            raise Refused(None, text, cure)
        seen.add(info.filename.lower())
        if info.flag_bits & _ENCRYPTED_FLAG:
            text = f"{label} is a password-protected zip file"
            cure = "save it in Excel without a password"
            raise Refused(None, text, cure)
        total += info.file_size
        bomb = info.file_size > RATIO_FROM_BYTES and info.file_size > MAX_RATIO * max(1, info.compress_size)
        if bomb or info.file_size > MAX_PART_BYTES or total > MAX_TOTAL_BYTES:
            text = f"{label} unpacks to more than is safe (part {info.filename}: {info.file_size / 2**20:,.0f} MB)"
            cure = "delete unused rows and sheets in Excel and save it anew"
            raise Refused(None, text, cure)
