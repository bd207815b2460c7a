"""From what a book says to rows and columns: problem, layout, limits and the objective as rows.

``problem_of(model)`` gives balances, limits and one objective (``problem``); ``build_program(problem)`` their program
with what is needed to read its answer (``build``). ``Program`` and its ``Owner`` stand in ``program``, the columns of a
plan in ``layout`` (``Block``), curves in ``terms``, proven bounds of an expression in ``bounds``.
"""
