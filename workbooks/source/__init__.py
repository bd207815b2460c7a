"""What the shipped workbooks hold and how they look; ``build_workbooks.py`` puts it together."""
