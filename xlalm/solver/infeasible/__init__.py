"""Why there is no plan, and the cheapest way out."""
