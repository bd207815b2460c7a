"""HiGHS: ``run`` solves a program once, ``LiveProgram`` (``live``) keeps it in the solver between solves."""
