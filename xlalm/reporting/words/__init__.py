"""From numbers to sentences that ALCO reads."""
