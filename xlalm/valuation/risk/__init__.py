"""Value at risk of a portfolio and its backtests."""
