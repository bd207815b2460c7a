"""Reading a VBA project back with oletools and olefile, which share no code with our writer."""

from __future__ import annotations

import io
import warnings
from pathlib import Path

import olefile

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # oletools calls parsers by names that have gone out of use
    from oletools.olevba import VBA_Parser, decompress_stream


def decompress(data: bytes) -> bytes:
    """Decompress a container of [MS-OVBA] 2.4.1."""
    return bytes(decompress_stream(bytearray(data)))


def sources(path: Path) -> dict[str, str]:
    """Return the source of every module of a workbook or ``vbaProject.bin``, by name."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        parser = VBA_Parser(str(path))
        found = {name.rpartition(".")[0]: text for _, _, name, text in parser.extract_macros()}
        parser.close()
    return found


def streams(data: bytes) -> dict[str, bytes]:
    """Return the streams of a compound file by path, read with every defect being an error."""
    with olefile.OleFileIO(io.BytesIO(data), raise_defects=olefile.DEFECT_UNSURE) as file:
        return {"/".join(path): file.openstream(path).read() for path in file.listdir()}


def revealed(text: str, project_id: str) -> bytes:
    """Undo the "data encryption" of a PROJECT stream: [MS-OVBA] 2.4.3.3."""
    data = bytes.fromhex(text)
    seed, version, key = data[0], data[0] ^ data[1], data[0] ^ data[2]
    assert version == 2
    assert key == sum(project_id.encode("ascii")) & 0xFF
    plain, before, last = key, data[1], data[2]
    out = bytearray()
    for byte in data[3:]:
        plain = byte ^ ((before + plain) & 0xFF)
        before, last = last, byte
        out.append(plain)
    ignored = (seed & 6) // 2
    length = int.from_bytes(out[ignored : ignored + 4], "little")
    content = bytes(out[ignored + 4 :])
    assert len(content) == length
    return content
