"""How the answer moves with a bound: ranges, worths, frontiers and surfaces."""
