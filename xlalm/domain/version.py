"""The version of xlalm, named once."""

__version__ = "0.1.0"
