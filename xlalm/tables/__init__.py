"""One reader per workbook table: from raw cells to what the domain knows, and findings."""
