"""Run manifests: everything needed to repeat a run bit for bit."""
