"""The parts of a workbook as bytes and XML trees, with their relationships and content types."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence
from typing import Any

import attrs
from lxml import etree

from xlalm.domain.errors import Refused
from xlalm.workbook.package.container import Container

Element = etree._Element

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT_MAIN = "http://purl.oclc.org/ooxml/spreadsheetml/main"
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
XM = "http://schemas.microsoft.com/office/excel/2006/main"
_PACKAGE_RELATION = "http://schemas.openxmlformats.org/package/2006/relationships"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
CONTENT_TYPES = "[Content_Types].xml"

_DECLARATION = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_ENCODING = re.compile(rb"""^<\?xml[^>]*?\sencoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_ALLOWED_ENCODINGS = frozenset({b"utf-8", b"utf8", b"us-ascii", b"ascii", b"iso-8859-1", b"windows-1252"})
WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff", b"<\x00", b"\x00<")


def main(tag: str) -> str:
    """Return the qualified name of a SpreadsheetML element."""
    return f"{{{MAIN}}}{tag}"


def check_safe(data: bytes, where: str) -> None:
    """Refuse a part that declares a document type or entities, or hides them behind an unusual encoding."""
    if data.startswith(WIDE_MARKS):
        text = data.decode("utf-16-le" if data[:2] in (b"\xff\xfe", b"<\x00") else "utf-16-be", "replace")
        unsafe = "<!DOCTYPE" in text or "<!ENTITY" in text
    else:
        encoding = _ENCODING.match(data.removeprefix(b"\xef\xbb\xbf"))
        if encoding is not None and encoding[1].lower() not in _ALLOWED_ENCODINGS:
            text = f"{where}: encoding {encoding[1].decode()} is not allowed in a workbook"
            cure = "save it anew in Excel"
            raise Refused(None, text, cure)
        unsafe = b"<!DOCTYPE" in data or b"<!ENTITY" in data
    if unsafe:
        text = f"{where} declares a document type or entities, which Excel never writes"
        cure = "do not trust this file"
        raise Refused(None, text, cure)


def parse_xml(data: bytes, where: str, **options: Any) -> Element:
    """Parse one part without entities, document types or network access."""
    check_safe(data, where)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True, **options)
    try:
        return etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        text = f"{where} is not valid XML ({error.msg})"
        cure = "repair the workbook in Excel (Open and Repair)"
        raise Refused(None, text, cure) from error


def serialise(root: Element) -> bytes:
    """Bytes of a part, with the declaration Excel writes."""
    return _DECLARATION + etree.tostring(root.getroottree(), xml_declaration=False, encoding="UTF-8")


@attrs.frozen
class Relationship:
    """A link from one part to another; ``kind`` is the last word of its type, ``target`` a full part name."""

    kind: str
    target: str


class Parts:
    """Parts of a workbook with the edits made so far; nothing touches the file."""

    def __init__(self, container: Container) -> None:
        self.container = container
        self.label = container.label
        self._changed: dict[str, bytes] = {}
        self._trees: dict[str, Element] = {}
        self._touched: set[str] = set()
        self._removed: set[str] = set()

    def names(self) -> list[str]:
        """Part names, new ones last."""
        here = [name for name in self.container.names if name not in self._removed]
        return here + [name for name in self._changed if self.container.find(name) is None]

    def find(self, name: str) -> str | None:
        """Spelling of a part name in this workbook, ``None`` if there is no such part."""
        found = self.container.find(name) or (name if name in self._changed else None)
        return None if found in self._removed else found

    def read(self, name: str) -> bytes:
        """Bytes of a part as it stands now; checked to be free of document types if it is XML."""
        if name in self._touched:
            return serialise(self._trees[name])
        if name in self._changed:
            return self._changed[name]
        found = self.find(name)
        if found is None:
            text = f"{self.label} is damaged: part {name} is missing"
            cure = "repair it in Excel (Open and Repair)"
            raise Refused(None, text, cure)
        data = self.container.read(found)
        if found.lower().endswith((".xml", ".rels", ".vml")):
            check_safe(data, f"{self.label}, part {found}")
        return data

    def tree(self, name: str) -> Element:
        """Parsed part; call ``touch`` after changing it."""
        if name not in self._trees:
            self._trees[name] = parse_xml(self.read(name), f"{self.label}, part {name}")
        return self._trees[name]

    def touch(self, name: str) -> None:
        """Say that the tree of a part was changed."""
        self._touched.add(name)

    def put(self, name: str, data: bytes) -> None:
        """Replace or add a part."""
        self._touched.discard(name)
        self._trees.pop(name, None)
        self._removed.discard(name)
        self._changed[name] = data

    def remove(self, name: str) -> None:
        """Leave a part out, with its content type and its link from the workbook part."""
        self._removed.add(name)
        self._changed.pop(name, None)
        self._touched.discard(name)
        types = self.tree(CONTENT_TYPES)
        for override in types.findall(f"{{{_TYPES}}}Override"):
            if override.get("PartName", "").lower() == f"/{name}".lower():
                types.remove(override)
                self.touch(CONTENT_TYPES)

    def changes(self) -> tuple[dict[str, bytes], frozenset[str]]:
        """Changed and new parts, and the names of those to leave out."""
        changed = dict(self._changed)
        changed.update({name: serialise(self._trees[name]) for name in self._touched})
        return changed, frozenset(self._removed)

    def relationships(self, part: str) -> dict[str, Relationship]:
        """Links of a part by id; links that leave the file are left out."""
        name = self.find(relationship_part(part))
        if name is None:
            return {}
        folder = posixpath.dirname(part)
        return {
            link.get("Id", ""): Relationship(
                link.get("Type", "").rsplit("/", 1)[-1], self._resolved(folder, link.get("Target", ""))
            )
            for link in self.tree(name).iterfind(f"{{{_PACKAGE_RELATION}}}Relationship")
            if link.get("TargetMode") != "External"
        }

    def _resolved(self, folder: str, target: str) -> str:
        path = target[1:] if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
        return self.find(path) or path

    def add_relationship(self, part: str, kind: str, target: str) -> str:
        """Link ``part`` to the part ``target``; returns the new id."""
        name = relationship_part(part)
        if self.find(name) is None:
            self.put(name, f'<Relationships xmlns="{_PACKAGE_RELATION}"/>'.encode())
        name = self.find(name) or name
        root = self.tree(name)
        used = {str(link.get("Id")).lower() for link in root}
        number = next(i for i in range(1, len(used) + 2) if f"rid{i}" not in used)
        relative = posixpath.relpath(target, posixpath.dirname(part))
        etree.SubElement(
            root, f"{{{_PACKAGE_RELATION}}}Relationship", Id=f"rId{number}", Type=f"{RELATION}/{kind}", Target=relative
        )
        self.touch(name)
        return f"rId{number}"

    def remove_relationship(self, part: str, target: str) -> None:
        """Drop the links from ``part`` to ``target``."""
        name = self.find(relationship_part(part))
        if name is None:
            return
        root = self.tree(name)
        gone = [key for key, link in self.relationships(part).items() if link.target == target]
        for link in [link for link in root if link.get("Id") in gone]:
            root.remove(link)
            self.touch(name)

    def add_part(self, template: str, data: bytes, content_type: str) -> str:
        """Add a part under the first free name of ``template`` (``xl/tables/table{}.xml``); returns the name."""
        number = next(i for i in range(1, len(self.names()) + 2) if self.find(template.format(i)) is None)
        name = template.format(number)
        self.put(name, data)
        types = self.tree(CONTENT_TYPES)
        etree.SubElement(types, f"{{{_TYPES}}}Override", PartName=f"/{name}", ContentType=content_type)
        self.touch(CONTENT_TYPES)
        return name

    def parts_of_type(self, *content_types: str) -> list[str]:
        """Names of the parts declared with one of these content types."""
        found = [
            self.find(override.get("PartName", "").removeprefix("/"))
            for override in self.tree(CONTENT_TYPES).iterfind(f"{{{_TYPES}}}Override")
            if override.get("ContentType") in content_types
        ]
        return [name for name in found if name is not None]

    def content_type(self, part: str) -> str:
        """Declared content type of a part, blank if only a default applies."""
        for override in self.tree(CONTENT_TYPES).iterfind(f"{{{_TYPES}}}Override"):
            if override.get("PartName", "").lower() == f"/{part}".lower():
                return str(override.get("ContentType", ""))
        return ""


def relationship_part(part: str) -> str:
    """Name of the part that holds the links of ``part``."""
    folder, name = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{name}.rels")


def whole_number(element: Element, name: str, default: int) -> int:
    """Attribute that should hold a whole number; ``default`` where it is missing or holds something else."""
    text = element.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else default


def insert_before(root: Element, tag: str, followers: Sequence[str]) -> Element:
    """Add element ``tag`` to ``root`` before the first of ``followers``, else at the end; returns it."""
    new = root.makeelement(main(tag), nsmap=None)
    for child in root:
        if isinstance(child.tag, str) and child.tag in {main(name) for name in followers}:
            child.addprevious(new)
            return new
    root.append(new)
    return new
