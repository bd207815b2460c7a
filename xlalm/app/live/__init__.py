"""Verbs in a workbook that is open in Excel."""
