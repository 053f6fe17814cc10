"""One file per step; one visible ordered list per phase."""
