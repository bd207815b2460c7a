"""What is wrong with an installation, each with its cure."""
