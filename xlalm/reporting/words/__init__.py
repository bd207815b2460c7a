"""From facts to sentences that ALCO reads; no solver is needed to speak.

``explain_plan`` (``explanation``); ``explain_conflict``, ``explain_runaways``, ``explain_failure`` (``no_plan``); value
at risk (``value_at_risk``); how figures, lists and names read is settled in ``wording``.
"""
