"""The algebra of measures, the formula language and the catalogue."""
