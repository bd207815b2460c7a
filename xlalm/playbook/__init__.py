"""From numbers to decisions: the sentences ALCO reads."""
