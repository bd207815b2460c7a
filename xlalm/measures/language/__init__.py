"""The formula language: tokens, columns, scope and compiler."""
