"""A VBA project from module sources: [MS-OVBA] without compiled code.

The ``_VBA_PROJECT`` stream holds only its seven fixed bytes and modules only their source, so that Excel compiles them
when it opens the file; xlwings' own shipped add-in has the same form.
"""

import re
import struct
import uuid
from collections.abc import Sequence
from typing import Literal

import attrs

from udfs.vba_project.compound_file import compound_file
from udfs.vba_project.compression import compress

CODE_PAGE = 1252
ENCODING = f"cp{CODE_PAGE}"
_LETTERS = frozenset(bytes(range(256)).decode(ENCODING, "ignore"))
_LANGUAGE = 0x409
_WITHOUT_COMPILED_CODE = b"\xcc\x61\xff\xff\x00\x01\x00"
_COOKIE = 0xFFFF
_SEED = 0x5D  # obscures the three protection states of the PROJECT stream; any byte will do, a fixed one repeats
_WORKBOOK, _SHEET = "{00020819-0000-0000-C000-000000000046}", "{00020820-0000-0000-C000-000000000046}"
_CLASS = "{FCFB3D2A-A0FA-1068-A738-08002B3371B5}"


@attrs.frozen
class Module:
    """A module: its source with the ``Attribute`` lines that Excel keeps hidden, lines ended by CR LF."""

    name: str
    kind: Literal["standard", "class", "document"]
    source: str


@attrs.frozen
class Reference:
    """A type library that the project refers to."""

    name: str
    library: str


OLE_AUTOMATION = Reference(
    "stdole",
    r"*\G{00020430-0000-0000-C000-000000000046}#2.0#0#C:\Windows\System32\stdole2.tlb#OLE Automation",
)
OFFICE = Reference(
    "Office",
    r"*\G{2DF8D04C-5BFA-101B-BDE5-00AA0044DE52}#2.0#0#C:\Program Files\Common Files\Microsoft Shared\OFFICE16\MSO.DLL"
    "#Microsoft Office 16.0 Object Library",
)


def document_module(name: str, base: Literal["workbook", "sheet"], code: str = "") -> Module:
    """Make the module that stands behind the workbook or a sheet; its name is the object's code name."""
    attributes = [
        f'VB_Name = "{name}"',
        f'VB_Base = "0{_WORKBOOK if base == "workbook" else _SHEET}"',
        "VB_GlobalNameSpace = False",
        "VB_Creatable = False",
        "VB_PredeclaredId = True",
        "VB_Exposed = True",
        "VB_TemplateDerived = False",
        "VB_Customizable = True",
    ]
    return Module(name, "document", _windows_lines("".join(f"Attribute {line}\n" for line in attributes) + code))


def read_module(text: str, *, is_class: bool = False) -> Module:
    """Make a module of an exported ``.bas`` or (``is_class``) ``.cls`` text.

    The header that the editor writes before a class's attributes is dropped; the attributes it leaves out are added.

    Raises
    ------
    ValueError
        Where the text does not name the module, or holds a character outside Windows-1252.
    """
    text = text.replace("\r\n", "\n")
    if is_class:
        text = re.sub(r"\AVERSION 1\.0 CLASS\nBEGIN\n.*?\nEND\n", "", text, flags=re.DOTALL)
        text = re.sub(r'(Attribute VB_Name = "[^"]*"\n)', rf'\1Attribute VB_Base = "0{_CLASS}"\n', text, count=1)
        added = r"\1Attribute VB_TemplateDerived = False\nAttribute VB_Customizable = False\n"
        text = re.sub(r"(Attribute VB_Exposed = \w+\n)", added, text, count=1)
    name = re.match(r'Attribute VB_Name = "(\w+)"\n', text)
    if not name:
        message = 'a module begins with its name, such as Attribute VB_Name = "XlalmCore"'
        raise ValueError(message)
    for number, line in enumerate(text.split("\n"), 1):
        foreign = [letter for letter in line if letter not in _LETTERS]
        if foreign:
            message = f"line {number} of module {name[1]} holds {foreign[0]!r}, which VBA cannot hold (Windows-1252)"
            raise ValueError(message)
    return Module(name[1], "class" if is_class else "standard", _windows_lines(text))


def project_bytes(
    name: str, modules: Sequence[Module], references: Sequence[Reference] = (OLE_AUTOMATION, OFFICE)
) -> bytes:
    """Write ``vbaProject.bin``; the same modules give the same bytes."""
    identity = f"{{{str(uuid.uuid5(uuid.NAMESPACE_DNS, name)).upper()}}}"
    sources = {module.name: compress(module.source.encode(ENCODING)) for module in modules}
    directory = compress(_directory(name, modules, references))
    names = [module.name.encode(ENCODING) + b"\0" + _wide(module.name) + b"\0\0" for module in modules]
    return compound_file(
        {
            "VBA": {"_VBA_PROJECT": _WITHOUT_COMPILED_CODE, "dir": directory, **sources},
            "PROJECT": _properties(name, modules, identity).encode(ENCODING),
            "PROJECTwm": b"".join(names) + b"\0\0",
        }
    )


def _windows_lines(text: str) -> str:
    return text.replace("\n", "\r\n")


def _wide(text: str) -> bytes:
    return text.encode("utf-16-le")


def _record(number: int, content: bytes) -> bytes:
    return struct.pack("<HI", number, len(content)) + content


def _directory(name: str, modules: Sequence[Module], references: Sequence[Reference]) -> bytes:
    """Give the ``dir`` stream before compression: [MS-OVBA] 2.3.4.2."""
    out = _record(0x01, struct.pack("<I", 1))  # 32-bit Windows, which 64-bit Excel writes too
    out += _record(0x02, struct.pack("<I", _LANGUAGE)) + _record(0x14, struct.pack("<I", _LANGUAGE))
    out += _record(0x03, struct.pack("<H", CODE_PAGE)) + _record(0x04, name.encode(ENCODING))
    out += _record(0x05, b"") + _record(0x40, b"")  # description
    out += _record(0x06, b"") + _record(0x3D, b"")  # help files
    out += _record(0x07, bytes(4)) + _record(0x08, bytes(4))  # help context, flags
    out += struct.pack("<HIIH", 0x09, 4, 0x61EEF783, 3)  # version
    out += _record(0x0C, b"") + _record(0x3C, b"")  # constants
    for reference in references:
        library = reference.library.encode(ENCODING)
        out += _record(0x16, reference.name.encode(ENCODING)) + _record(0x3E, _wide(reference.name))
        out += _record(0x0D, struct.pack("<I", len(library)) + library + bytes(6))
    out += _record(0x0F, struct.pack("<H", len(modules))) + _record(0x13, struct.pack("<H", _COOKIE))
    for module in modules:
        name_bytes, wide = module.name.encode(ENCODING), _wide(module.name)
        out += _record(0x19, name_bytes) + _record(0x47, wide)  # name
        out += _record(0x1A, name_bytes) + _record(0x32, wide)  # stream
        out += _record(0x1C, b"") + _record(0x48, b"")  # description
        out += _record(0x31, bytes(4)) + _record(0x1E, bytes(4))  # where the source begins, help context
        out += _record(0x2C, struct.pack("<H", _COOKIE))
        out += _record(0x21 if module.kind == "standard" else 0x22, b"") + _record(0x2B, b"")
    return out + _record(0x10, b"")


def _properties(name: str, modules: Sequence[Module], identity: str) -> str:
    """Give the ``PROJECT`` stream: [MS-OVBA] 2.3.1."""
    listed = {"standard": "Module={}", "class": "Class={}", "document": "Document={}/&H00000000"}
    lines = [
        f'ID="{identity}"',
        *(listed[module.kind].format(module.name) for module in modules),
        f'Name="{name}"',
        'HelpContextID="0"',
        'VersionCompatible32="393222000"',
        f'CMG="{_obscured(bytes(4), identity)}"',  # not protected
        f'DPB="{_obscured(bytes(1), identity)}"',  # no password
        f'GC="{_obscured(bytes([0xFF]), identity)}"',  # visible
        "",
        "[Host Extender Info]",
        "&H00000001={3832D640-CF90-11CF-8E43-00A0C911005A};VBE;&H00000000",
        "",
        "[Workspace]",
        *(f"{module.name}=0, 0, 0, 0, C" for module in modules),
    ]
    return _windows_lines("\n".join(lines) + "\n")


def _obscured(data: bytes, identity: str) -> str:
    """Give data as the specification's "data encryption" writes it: [MS-OVBA] 2.4.3.2."""
    key = sum(identity.encode("ascii")) & 0xFF
    out = bytearray([_SEED, _SEED ^ 2, _SEED ^ key])
    plain, last, before = key, _SEED ^ key, _SEED ^ 2
    for byte in bytes((_SEED & 6) // 2) + struct.pack("<I", len(data)) + data:
        last, before = byte ^ ((before + plain) & 0xFF), last
        out.append(last)
        plain = byte
    return out.hex().upper()
