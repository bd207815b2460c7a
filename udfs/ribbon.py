"""The ALM tab of Excel's ribbon, generated from the registry of verbs."""

from collections.abc import Iterable
from typing import Literal

from lxml import etree

from xlalm.app.verb import Verb

GROUPS = ("Model", "Analysis", "Scenarios", "Playbook", "Report", "Workbook", "Help")
SCHEMAS = {
    "customUI14": "http://schemas.microsoft.com/office/2009/07/customui",
    "customUI": "http://schemas.microsoft.com/office/2006/01/customui",  # Excel 2007 reads only this one
}
MAX_TIP = 1024  # characters


def ribbon_xml(verbs: Iterable[Verb], schema: Literal["customUI14", "customUI"]) -> bytes:
    """Write the tab as a ribbon part of a workbook.

    Raises
    ------
    ValueError
        Where a verb with a button belongs to no group of the tab, or its tip is longer than Excel shows.
    """
    buttons = [verb for verb in verbs if verb.button]
    strays = [f"{verb.name} ({verb.group})" for verb in buttons if verb.group not in GROUPS]
    if strays:
        message = f"the ribbon has no group for {', '.join(strays)}; its groups are {', '.join(GROUPS)}"
        raise ValueError(message)
    root = etree.Element("customUI", {"xmlns": SCHEMAS[schema], "onLoad": "XlalmRibbon.OnLoad"})
    tabs = etree.SubElement(etree.SubElement(root, "ribbon"), "tabs")
    tab = etree.SubElement(tabs, "tab", {"id": "xlalmTab", "label": "ALM"})
    for name in GROUPS:
        members = [verb for verb in buttons if verb.group == name]
        if not members:
            continue
        group = etree.SubElement(tab, "group", {"id": f"xlalmGroup{name}", "label": name})
        for verb in members:
            _add_button(group, verb)
        if name == "Model":
            _add_stop(group)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True, pretty_print=True)


def _add_button(group: etree._Element, verb: Verb) -> None:
    button = verb.button
    assert button is not None
    tip = f"Reads: {verb.reads}. Writes: {verb.writes}."
    if button.needs:
        tip += f" Needs a workbook with the tables {' and '.join(button.needs)}."
    if button.long:
        tip += " Runs beside Excel, so you can go on working; Stop ends it."
    if max(len(tip), len(verb.summary)) > MAX_TIP:
        message = f"the tip of {verb.name} has more than the {MAX_TIP} characters that Excel shows"
        raise ValueError(message)
    tag = f"{verb.name}|{','.join(button.needs)}" if button.needs else verb.name
    attributes = {
        "id": "xlalm" + "".join(word.title() for word in verb.name.split("_")),
        "label": button.label,
        "size": "large" if button.large else "normal",
        "imageMso": button.image,
        "tag": tag,
        "screentip": verb.summary,
        "supertip": tip,
        "onAction": "XlalmRibbon.OnAction",
    }
    if button.needs:
        attributes["getEnabled"] = "XlalmRibbon.GetEnabled"
    etree.SubElement(group, "button", attributes)


def _add_stop(group: etree._Element) -> None:
    attributes = {
        "id": "xlalmStop",
        "label": "Stop",
        "size": "normal",
        "imageMso": "CancelRequest",
        "tag": "stop",
        "screentip": "Stop the run that is under way.",
        "supertip": "Reads: nothing. Writes: nothing, and what the run was about to write is not written.",
        "onAction": "XlalmRibbon.OnAction",
    }
    etree.SubElement(group, "button", attributes)
