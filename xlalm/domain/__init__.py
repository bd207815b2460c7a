"""What a bank is: tables, balance sheet, limits, goals, results and findings."""
