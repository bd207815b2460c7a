"""Curved programs: local searches, cuts and a proof."""
