"""Linear programs: ``OpenBasis`` (``basis``), ``solve_ratio`` (``ratio``), growth and reduction apart (``netting``)."""
