"""Linear programs: bases, one ratio as the goal, growth and reduction kept apart."""
