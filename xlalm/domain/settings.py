"""Settings of a run: names, defaults and what each means, in one table."""

import datetime as dt

import attrs

from xlalm.domain.cells import Cell
from xlalm.domain.findings import Finding, error, suggest, warning
from xlalm.domain.table import normalise_header
from xlalm.domain.text import shown
from xlalm.tables.typed import LARGEST_NUMBER, TypedTable, is_blank, is_number, normalise_choice, parse_number


@attrs.frozen
class SettingSpec:
    """One setting: its default, what it accepts and what it means."""

    default: float | str | bool | None
    kind: str  # number, flag, text, choice
    description: str
    choices: tuple[str, ...] = ()
    in_formulas: bool = False
    above: float = 0.0  # the least number it accepts


SCHEMA_VERSION = 2
"""Version of the workbook's layout that this xlalm writes; ``schema/migrations.csv`` says what each one brought."""

METHODS = (
    "lp",
    "weighted_sum",
    "weighted_sum_normalised",
    "fnlp",
    "fagp",
    "wfnlp",
    "wfnlp_direct",
    "wfagp",
    "lexicographic",
    "goal_programming",
    "epsilon_constraint",
)

VAR_METHODS = ("covariance", "monte_carlo", "historical")

SETTINGS: dict[str, SettingSpec] = {
    "method": SettingSpec("lp", "choice", "How several goals are combined; lp takes exactly one goal", METHODS),
    "balance_identity": SettingSpec(True, "flag", "on: assets = liabilities + equity is kept"),
    "currency": SettingSpec("EUR", "text", "Reporting currency"),
    "amount_unit": SettingSpec("million", "text", "Unit of every amount in the book"),
    "bank": SettingSpec("", "text", "Name shown on reports"),
    "as_of": SettingSpec("", "text", "Date of the opening balances"),
    "timing": SettingSpec(
        "average",
        "choice",
        "start: the plan is in place for the whole year; average: from mid-year",
        ("start", "average"),
    ),
    "plug_order": SettingSpec("cash, hqla, wholesale", "text", "How a scenario that moves balances is closed"),
    "rwa_operational": SettingSpec(0.0, "number", "Risk-weighted assets for operational risk", in_formulas=True),
    "rwa_market": SettingSpec(0.0, "number", "Risk-weighted assets for market risk", in_formulas=True),
    "cost_of_capital": SettingSpec(
        0.10, "number", "Yearly charge per unit of capital held against risk-weighted assets", in_formulas=True
    ),
    "capital_target": SettingSpec(
        0.13, "number", "Capital held per unit of risk-weighted assets for the charge", in_formulas=True
    ),
    "shock_vintage": SettingSpec(
        "d368-2016", "choice", "Table of interest-rate shocks", ("d368-2016", "d578-2024", "eu-2024-856", "custom")
    ),
    "seed": SettingSpec(1.0, "number", "Seed of every random number"),
    "time_limit_s": SettingSpec(
        60.0, "number", "Seconds after which the solver stops with the best plan found", above=0.1
    ),
    "var_confidence": SettingSpec(0.99, "number", "Confidence of value at risk", above=0.5),
    "var_days": SettingSpec(10.0, "number", "Holding period of value at risk in days", above=1.0),
    "var_method": SettingSpec("covariance", "choice", "How value at risk is found", VAR_METHODS),
    "var_mean": SettingSpec(
        "sample",
        "choice",
        "Covariances estimated from Returns: about the sample mean, or about zero as RiskMetrics does",
        ("sample", "zero"),
    ),
    "var_horizon": SettingSpec(
        "overlapping",
        "choice",
        "Historical value at risk: overlapping windows of the holding period, or days times its square root",
        ("overlapping", "square_root"),
    ),
    "var_window": SettingSpec(250.0, "number", "Days from which a backtest estimates each value at risk", above=2.0),
    "var_draws": SettingSpec(100_000.0, "number", "Simulated losses of Monte Carlo value at risk", above=1000.0),
    "schema_version": SettingSpec(float(SCHEMA_VERSION), "number", "Version of the workbook's layout", above=1.0),
}


@attrs.frozen
class Settings:
    """Values of all settings; anything not in the book has its default."""

    values: dict[str, float | str | bool | None]

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
    def money(self) -> str:
        """Currency and unit as a reader expects them, such as ``EUR million``."""
        return f"{self.text('currency')} {self.text('amount_unit')}".strip()


def read_settings(table: TypedTable | None) -> tuple[Settings, list[Finding]]:
    """Return the settings of a book; unknown names are warnings, unusable values errors."""
    values: dict[str, float | str | bool | None] = {name: spec.default for name, spec in SETTINGS.items()}
    findings: list[Finding] = []
    if table is None:
        return Settings(values), findings
    cells = table.values.get("value", [None] * len(table))
    for index, (name, value) in enumerate(zip(table.texts["setting"], cells, strict=True)):
        key = normalise_header(name)
        if not key or is_blank(value):
            continue
        spec = SETTINGS.get(key)
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
            least = f"a number of at least {spec.above:g}"
            wanted = {"number": least, "flag": "on or off"}.get(spec.kind, "one of " + ", ".join(spec.choices))
            findings.append(error(cell, f'{key} "{shown(value)}" cannot be used', f"enter {wanted}"))
        else:
            values[key] = converted
    return Settings(values), findings


def _other_version(cell: Cell, version: float) -> Finding:
    text = f"the book is of schema version {version:g}, this xlalm is of {SCHEMA_VERSION}"
    if version < SCHEMA_VERSION:
        return warning(cell, text, "run Upgrade; what the book lacks has its default until then")
    return error(cell, text, "install a newer xlalm")


def _convert(spec: SettingSpec, value: object) -> float | str | bool | None:
    if spec.kind == "number":
        number = float(value) if is_number(value) else parse_number(str(value))
        return number if number is not None and spec.above <= number < LARGEST_NUMBER else None
    if spec.kind == "flag":
        word = str(value).strip().casefold()
        if value is True or word in {"on", "yes", "true", "1", "1.0"}:
            return True
        return False if value is False or word in {"off", "no", "false", "0", "0.0"} else None
    if spec.kind == "choice":
        folded = {normalise_choice(choice): choice for choice in spec.choices}
        return folded.get(normalise_choice(str(value)))
    if isinstance(value, dt.datetime):
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, dt.date) else shown(value)
