"""Named boolean expressions; True is good."""
