"""Every figure that xlalm gives, written down before a change of its code and compared with those after it."""
