"""Regulatory factors and the catalogue of measures, as data with paragraph, jurisdiction and date."""
