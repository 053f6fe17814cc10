"""The journal, and one module per kind of target behind one small contract."""
