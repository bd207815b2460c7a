"""The sheets that the shipped workbooks share."""
