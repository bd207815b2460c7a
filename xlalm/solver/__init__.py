"""Solvers, certificates and prices."""
