"""Settings of a run: names, defaults and what each means, in one table."""

import attrs

from xlalm.domain.methods import METHODS, VAR_METHODS


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
