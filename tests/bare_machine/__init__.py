"""``.ci/run`` in a fresh root of the distribution: the proof that a checkout needs nothing but Python and apt."""
