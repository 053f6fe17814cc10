"""The generator of messy exports with truth."""
