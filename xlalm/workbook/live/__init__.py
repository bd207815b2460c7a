"""A workbook that is open in Excel: reading and writing its cells through xlwings."""
