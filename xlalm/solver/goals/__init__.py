"""Several goals at once: ``solve_goals`` (``methods``), by stages of one program where the book allows it."""
