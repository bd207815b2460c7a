"""Settings of a run: names, defaults and what each means, from ``xlalm/schema/setting_names.csv``."""

from typing import Literal

import attrs

from xlalm.domain.methods import METHODS, VAR_METHODS, Method
from xlalm.schema.tables import schema_rows

Value = float | str | bool | None

_CHOICES = {"METHODS": tuple(METHODS), "VAR_METHODS": VAR_METHODS}
"""Lists that the schema names instead of repeating them."""


@attrs.frozen
class SettingSpec:
    """One setting: its default, what it accepts, whether a run uses it, and what it means."""

    kind: Literal["number", "flag", "text", "choice"]
    default: Value
    minimum: float
    choices: tuple[str, ...]
    in_formulas: bool
    used: bool
    description: str


def _spec(row: dict[str, str]) -> SettingSpec:
    kind, _, choices = row["type"].partition(":")
    default: Value = row["default"]
    if kind == "number":
        default = float(row["default"])
    elif kind == "flag":
        default = row["default"] == "on"
    return SettingSpec(
        kind=kind,  # type: ignore[arg-type]
        default=default,
        minimum=float(row["minimum"] or 0.0),
        choices=_CHOICES.get(choices) or (tuple(choices.split("|")) if choices else ()),
        in_formulas=row["in_formulas"] == "yes",
        used=row["use"] != "not yet",
        description=row["description"],
    )


SETTINGS = {row["setting"]: _spec(row) for row in schema_rows("setting_names")}


@attrs.frozen
class Settings:
    """Values of all settings; anything not in the book has its default."""

    values: dict[str, Value]

    def number(self, name: str) -> float:
        """Return a numeric setting."""
        value = self.values[name]
        assert isinstance(value, float), name
        return value

    def text(self, name: str) -> str:
        """Return a textual setting."""
        return str(self.values[name] or "")

    def flag(self, name: str) -> bool:
        """Return a switch."""
        return bool(self.values[name])

    @property
    def method(self) -> Method:
        """How several goals are combined."""
        return METHODS[self.text("method")]

    @property
    def money(self) -> str:
        """Currency and unit with a blank between, such as ``EUR million``; nothing before it where there is none."""
        return f"{self.text('currency')} {self.text('amount_unit')}".rstrip()


def default_settings() -> Settings:
    """Return the settings of a book that says nothing."""
    return Settings({name: spec.default for name, spec in SETTINGS.items()})


SCHEMA_VERSION = int(default_settings().number("schema_version"))
"""Version of the workbook's layout that this xlalm writes; ``schema/migrations.csv`` says what each one brought."""
