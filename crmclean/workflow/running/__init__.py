"""Parts of `crmclean run`: the chain of phases, what each leaves behind, and what is shown."""
