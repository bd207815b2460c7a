"""The compiled book: limits, goals, metrics and where they stand; it needs no program."""
