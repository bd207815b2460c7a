"""Small books that failed once, each with its right value and where it was seen."""
