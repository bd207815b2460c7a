"""Words and result tables of an answer, free of hosts: command line, ribbon, formulas, pack and agent share them.

Results by how a run ends: ``solved_result`` (``solved``), ``failed_result`` (``failure``), ``checked_result``
(``checked``); what a run says of itself stands in ``run_info``. Full tables are made in ``tables``, the short ones in
``dashboard`` from the facts of a plan (``facts``), those of an analysis or style in modules named after it. ``words``
turns facts into sentences; ``said`` has the lines that a host shows of any result.
"""
