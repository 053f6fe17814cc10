"""Parts of `crmclean clean` and `crmclean dedupe FILE`: one list, no plan."""
