"""How the answer moves with a bound.

``limit_ranges`` and ``coefficient_ranges`` (``ranging``), ``resolved_worths`` (``worths``), ``exact_frontier``
(``frontier``), ``surface`` (``surface``).
"""
