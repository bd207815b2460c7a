"""What verbs are put together from: reading a book, solving it, varying it."""
