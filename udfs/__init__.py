"""The Excel face: formulas, ribbon and the add-in that carries both."""
