"""What each shipped workbook holds."""
