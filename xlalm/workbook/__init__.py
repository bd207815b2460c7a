"""Files as books: reading tables, lossless writing, result tables."""
