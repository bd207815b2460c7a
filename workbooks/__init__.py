"""Workbooks that ship with xlalm, and the programs that build them."""
