"""HiGHS: one run, and a program that stays in the solver."""
