"""Words and result tables of an answer, free of hosts: command line, ribbon and formulas share them."""
