"""What every workbook table holds: one CSV per table, and the one reader of them."""
