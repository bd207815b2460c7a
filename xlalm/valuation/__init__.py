"""Worth and risk: ``bond`` mathematics, the ``value_at_risk`` of a portfolio and its ``backtest``."""
