"""Parts of `crmclean hygiene`: which files, what is read of them, what people decided."""
