"""The writer of VBA projects: what it writes is read back by other programs' readers, without a defect."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.udfs.vba_reader import decompress, revealed, sources, streams
from udfs.vba_project import document_module, project_bytes, read_module
from udfs.vba_project.compound_file import MINI_CUTOFF, SECTOR, compound_file
from udfs.vba_project.compression import CHUNK, compress
from udfs.vba_project.project import ENCODING

LETTERS = "".join(bytes([code]).decode(ENCODING, "ignore") for code in range(256))
WORDS = st.sampled_from(["Dim value As Variant\r\n", "End Function\r\n", "Set ", "a", "é", "\r\n", "=" * 40])
TEXTS = st.text(LETTERS, max_size=300) | st.lists(WORDS, max_size=900).map("".join)
NAMES = st.text(st.characters(min_codepoint=65, max_codepoint=122), min_size=1, max_size=31)


@given(TEXTS)
@example("")
@example("abc" * (CHUNK // 3) + "d")  # exactly a chunk
@example("ab" * CHUNK)
@example("".join(chr(32 + i * i % 90) for i in range(2 * CHUNK + 1)))
def test_text_comes_back(text: str) -> None:
    data = text.encode(ENCODING)
    packed = compress(data)
    assert decompress(packed) == data
    if len(data) > CHUNK:
        assert len(packed) < len(data)


@given(st.randoms(use_true_random=False), st.integers(0, 3 * CHUNK))
def test_noise_comes_back(random, size: int) -> None:
    """What cannot be compressed is stored; the format then pads the last chunk with zeros."""
    data = random.randbytes(size)
    back = decompress(compress(data))
    assert back[:size] == data
    assert not back[size:].strip(b"\0")
    assert len(back) <= -(-size // CHUNK) * CHUNK


@given(
    st.dictionaries(
        NAMES,
        st.binary(max_size=300) | st.integers(0, 3 * MINI_CUTOFF).map(bytes) | st.dictionaries(NAMES, st.binary()),
        max_size=12,
    )
)
@example({"full": bytes(MINI_CUTOFF), "mini": bytes(MINI_CUTOFF - 1), "empty": b"", "one": b"1"})
@example({"large": bytes(SECTOR * SECTOR)})  # more than one sector of tables
def test_a_compound_file_is_read_back(tree) -> None:
    """Names differ by more than case in a compound file, as on Windows."""
    tree = {name.upper(): content for name, content in tree.items()}
    expected = {}
    for name, content in tree.items():
        if isinstance(content, bytes):
            expected[name] = content
        else:
            tree[name] = {inner.upper(): data for inner, data in content.items()}
            expected |= {f"{name}/{inner}": data for inner, data in tree[name].items()}
    written = compound_file(tree)
    assert len(written) % SECTOR == 0
    assert streams(written) == expected


def test_what_a_compound_file_cannot_hold_is_refused() -> None:
    with pytest.raises(ValueError, match="longer than the 31 characters"):
        compound_file({"x" * 32: b""})
    with pytest.raises(ValueError, match="allocation tables"):
        compound_file({"x": bytes(7 * 2**20)})


@pytest.fixture
def modules():
    return [
        document_module("ThisWorkbook", "workbook", "Option Explicit\n"),
        document_module("Sheet1", "sheet"),
        read_module('Attribute VB_Name = "Plain"\nSub A()\n    Debug.Print "é €"\nEnd Sub\n'),
        read_module(
            "VERSION 1.0 CLASS\nBEGIN\n  MultiUse = -1  'True\nEND\n"
            'Attribute VB_Name = "Kind"\nAttribute VB_Exposed = True\nPublic Name As String\n',
            is_class=True,
        ),
        read_module('Attribute VB_Name = "Long"\n' + "".join(f"' line {i}\n" for i in range(3000))),
    ]


def test_a_project_is_parsed_back_to_its_sources(modules, tmp_path: Path) -> None:
    path = tmp_path / "vbaProject.bin"
    path.write_bytes(project_bytes("Try", modules))
    assert sources(path) == {module.name: module.source for module in modules}


def test_a_project_has_its_streams(modules) -> None:
    content = streams(project_bytes("Try", modules))
    names = [module.name for module in modules]
    assert set(content) == {"PROJECT", "PROJECTwm", "VBA/_VBA_PROJECT", "VBA/dir", *(f"VBA/{name}" for name in names)}
    assert len(content["VBA/_VBA_PROJECT"]) == 7  # no compiled code
    for module in modules:
        assert decompress(content[f"VBA/{module.name}"]).decode(ENCODING) == module.source
    lines = content["PROJECT"].decode(ENCODING).split("\r\n")
    assert lines[1:6] == [
        "Document=ThisWorkbook/&H00000000",
        "Document=Sheet1/&H00000000",
        "Module=Plain",
        "Class=Kind",
        "Module=Long",
    ]


def test_a_project_is_neither_protected_nor_hidden(modules) -> None:
    text = streams(project_bytes("Try", modules))["PROJECT"].decode(ENCODING)
    properties = dict(line.split("=", 1) for line in text.split("\r\n") if "=" in line)
    identity = properties["ID"].strip('"')
    states = {key: revealed(properties[key].strip('"'), identity) for key in ("CMG", "DPB", "GC")}
    assert states == {"CMG": bytes(4), "DPB": bytes(1), "GC": b"\xff"}


def test_the_same_modules_give_the_same_bytes(modules) -> None:
    assert project_bytes("Try", modules) == project_bytes("Try", modules)


def test_a_class_has_the_attributes_that_its_export_leaves_out(modules) -> None:
    source = next(module.source for module in modules if module.name == "Kind")
    assert source.split("\r\n")[:5] == [
        'Attribute VB_Name = "Kind"',
        'Attribute VB_Base = "0{FCFB3D2A-A0FA-1068-A738-08002B3371B5}"',
        "Attribute VB_Exposed = True",
        "Attribute VB_TemplateDerived = False",
        "Attribute VB_Customizable = False",
    ]


def test_a_module_needs_a_name_and_letters_that_vba_has() -> None:
    with pytest.raises(ValueError, match="begins with its name"):
        read_module("Sub A()\nEnd Sub\n")
    with pytest.raises(ValueError, match="line 2 of module A holds '≥', which VBA cannot hold"):
        read_module('Attribute VB_Name = "A"\n\' ≥\n')
