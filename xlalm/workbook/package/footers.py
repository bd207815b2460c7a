"""A line in the footers of printed sheets that can be taken out again without a trace."""

from __future__ import annotations

import re

from lxml import etree

from xlalm.workbook.package.book_parts import BookParts
from xlalm.workbook.package.xml_parts import Element, insert_before, main

_MOST = 255
"""Characters of a footer, which Excel does not open a longer one of."""

_RED, _BLACK = "&KC00000", "&K000000"
_LINE = re.compile(rf"{_RED}WHAT-IF:(?:[^&]|&&)*{_BLACK}")
_OWN_SECTION = re.compile(rf"&C&8{_LINE.pattern}(?=&[LR]|$)")
_CODE = re.compile(r'&&|&"[^"]*"|&(.)', re.DOTALL)
_AFTER = (
    *("rowBreaks", "colBreaks", "customProperties", "cellWatches", "ignoredErrors", "smartTags", "drawing"),
    *("drawingHF", "legacyDrawing", "legacyDrawingHF", "picture", "oleObjects", "controls", "webPublishItems"),
    *("tableParts", "extLst"),
)
_ORDER = ("oddHeader", "oddFooter", "evenHeader", "evenFooter", "firstHeader", "firstFooter")


def with_line(footer: str, text: str) -> str:
    """Return a footer with a line in its middle that begins with ``WHAT-IF:``, cut where Excel allows no more."""
    places = [found.start() for found in _CODE.finditer(footer) if found[1] in ("L", "C", "R")]
    centre = next((found.end() for found in _CODE.finditer(footer) if found[1] == "C"), None)
    right = next((found.start() for found in _CODE.finditer(footer) if found[1] == "R"), len(footer))
    opens = ""
    if centre is None and footer and places[:1] != [0]:
        centre = 0  # a footer without sections stands in the middle
    elif centre is None:
        centre, opens = right, "&C&8"
    room = _MOST - len(footer) - len(opens) - len(_RED) - len(_BLACK)
    said = text.replace("&", "&&")
    while len(said) > room and text:
        text = text[:-2] + "…" if len(text) > 1 else ""
        said = text.replace("&", "&&")
    return f"{footer[:centre]}{opens}{_RED}{said}{_BLACK}{footer[centre:]}" if said.startswith("WHAT-IF:") else footer


def without_line(footer: str) -> str:
    """Return a footer as it was before the line."""
    return _LINE.sub("", _OWN_SECTION.sub("", footer))


def set_line(book: BookParts, name: str, text: str) -> None:
    """Put a line into every footer of a sheet in the place of an earlier one; blank text takes it out."""
    if not text and b"WHAT-IF:" not in book.sheet_bytes(name):
        return
    sheet = book.sheet(name)
    holder = sheet.skeleton.find(main("headerFooter"))
    if holder is None:
        if not text:
            return
        holder = insert_before(sheet.skeleton, "headerFooter", _AFTER)
    for tag in _footers(holder):
        _set(holder, tag, text)
    if not len(holder) and not holder.attrib:
        sheet.skeleton.remove(holder)
    sheet.touch()


def _footers(holder: Element) -> list[str]:
    """Return the tags of the footers that a sheet prints."""
    kinds = (("evenFooter", "differentOddEven"), ("firstFooter", "differentFirst"))
    return ["oddFooter", *(tag for tag, flag in kinds if holder.get(flag) in ("1", "true"))]


def _set(holder: Element, tag: str, text: str) -> None:
    footer = holder.find(main(tag))
    before = "" if footer is None else footer.text or ""
    after = without_line(before)
    after = with_line(after, text) if text else after
    if footer is None and after:
        footer = etree.Element(main(tag))
        later = {main(known) for known in _ORDER[_ORDER.index(tag) + 1 :]}
        place = next((at for at, child in enumerate(holder) if child.tag in later), len(holder))
        holder.insert(place, footer)
    if footer is None:
        return
    footer.text = after
    if before and not after:
        holder.remove(footer)
