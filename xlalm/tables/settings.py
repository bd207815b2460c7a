"""``Settings``: names and values as the book gives them, defaults for the rest."""

import datetime as dt

import attrs

from xlalm.domain.cells import Cell
from xlalm.domain.findings import Finding, error, suggest, warning
from xlalm.domain.numbers import LARGEST_NUMBER, is_blank, number_meant, number_of
from xlalm.domain.settings import SCHEMA_VERSION, SETTINGS, Settings, SettingSpec, default_settings
from xlalm.domain.table import Table, TypedTable, normalise_header, table_from_columns
from xlalm.domain.text import shown
from xlalm.tables.plausible import odd_setting
from xlalm.tables.typed import flag_of, normalise_choice


def read_settings(table: TypedTable | None) -> tuple[Settings, list[Finding]]:
    """Return the settings of a book; unknown names are warnings, unusable values errors.

    A text whose row is there and blank is no text (``amount_unit``: no word behind an amount), not its default.
    """
    if table is None:
        return default_settings(), []
    values, findings = dict(default_settings().values), list[Finding]()
    cells = table.values.get("value", [None] * len(table))
    for index, (name, value) in enumerate(zip(table.texts["setting"], cells, strict=True)):
        key = normalise_header(name)
        spec = SETTINGS.get(key)
        if spec is not None and spec.kind == "text" and is_blank(value) and "value" in table.raw.columns:
            values[key] = ""
        if not key or is_blank(value):
            continue
        cell = table.raw.cell(index, "value")
        if spec is None:
            findings.append(
                warning(
                    table.raw.cell(index, "setting"),
                    f'setting "{shown(name)}" is not known{suggest(key, SETTINGS)}',
                    "correct its name or delete the row",
                )
            )
            continue
        converted = _convert(spec, value)
        if key == "schema_version" and isinstance(converted, float) and converted != SCHEMA_VERSION:
            findings.append(_other_version(cell, converted))
        if converted is None:
            least = f"a number of at least {spec.minimum:g}"
            wanted = {"number": least, "flag": "on or off"}.get(spec.kind, "one of " + ", ".join(spec.choices))
            meant = number_meant(str(value)) if spec.kind == "number" else None
            why, wanted = ("", wanted) if meant is None else (f": it has {meant.fault}", meant.offer)
            findings.append(error(cell, f'{key} "{shown(value)}" cannot be used{why}', f"enter {wanted}"))
        else:
            values[key] = converted
            findings += odd_setting(key, converted, cell)
    return Settings(values), findings


def identity_off(table: TypedTable) -> Finding:
    """Return the warning of a book with two sides that need not balance."""
    keys = [normalise_header(name) for name in table.texts["setting"]]
    text = "balance_identity is off: assets need not equal funding, and a plan may lend what nothing funds"
    return warning(table.raw.cell(keys.index("balance_identity"), "value"), text, "set it to on if that is not meant")


def _other_version(cell: Cell, version: float) -> Finding:
    text = f"the book is of schema version {version:g}, this xlalm is of {SCHEMA_VERSION}"
    if version < SCHEMA_VERSION:
        return warning(cell, text, "run Upgrade; what the book lacks has its default until then")
    return error(cell, text, "install a newer xlalm")


def _convert(spec: SettingSpec, value: object) -> float | str | bool | None:
    if spec.kind == "number":
        number = number_of(value)
        return number if number is not None and spec.minimum <= number < LARGEST_NUMBER else None
    if spec.kind == "flag":
        return flag_of(value)
    if spec.kind == "choice":
        folded = {normalise_choice(choice): choice for choice in spec.choices}
        return folded.get(normalise_choice(str(value)))
    if isinstance(value, dt.datetime):
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, dt.date) else shown(value)


def with_setting(table: Table | None, name: str, value: float | str | bool | None) -> Table:
    """Return ``Settings`` with one setting changed or added; the others keep their cells."""
    if table is None:
        return table_from_columns("Settings", {"setting": [name], "value": [value]})
    if not {"setting", "value"} <= set(table.columns):
        return table  # which is a finding
    names = [normalise_header(str(key or "")) for key in table.columns["setting"]]
    new = name not in names
    place = len(names) if new else names.index(name)
    columns = {key: [*column, None] if new else list(column) for key, column in table.columns.items()}
    columns["value"][place] = value
    if not new:
        return attrs.evolve(table, columns=columns)
    columns["setting"][place] = name
    last = table.rows[-1] if len(table) else table.header_row
    return attrs.evolve(table, columns=columns, rows=[*table.rows, last + 1])
