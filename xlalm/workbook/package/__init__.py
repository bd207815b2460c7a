"""The parts of a workbook file: read, edited and saved without loss."""
