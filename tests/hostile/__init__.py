"""Bad workbooks by kind, and what xlalm must say to each."""
