"""One function per verb; hosts call these and nothing below."""
