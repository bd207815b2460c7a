"""How the shipped workbooks look: styles, tables, charts."""
