"""Named boolean expressions: True = good. `CHECKS` lists those of a target's fields."""
