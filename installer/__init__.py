"""Sets xlalm up, shows it, tests it and removes it, with nothing but Python's standard library: dataclasses, not attrs.

Run as ``python3 installer <verb>`` from a checkout; ``python3 installer`` alone lists the verbs.
"""
