"""Parts of `crmclean audit` and `handover`: the target read back and compared."""
