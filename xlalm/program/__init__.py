"""From tables to a program: model, column layout, limits and goals as rows."""
