"""Mutation run: would the behaviour tests notice a small fault in the code? See tests/README.md."""
