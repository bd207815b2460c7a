"""Curved programs: ``solve_nonlinear`` (``search``) by local searches and cuts, with a proof (``certify_curved``)."""
