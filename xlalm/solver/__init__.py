"""Solvers, certificates and prices.

``optimise(problem, options)`` (``optimise``) and ``solve_goals(model, options)`` (``goals.methods``) give a
``Solution``: ``Planned`` or ``NoPlan`` (``solution``). ``limit_states(model, solution)`` (``prices``) says where limits
stand and what they are worth, ``certify`` proves a plan. Ranges, worths, frontiers and surfaces are in ``sensitivity``,
what to do without a plan in ``infeasible``. Rooms import nothing here, so that a type costs no solver.
"""
