"""The lab: which way serves this user, on these files."""
