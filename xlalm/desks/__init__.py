"""The desks' own problems: market risk of the book as a portfolio."""
