"""Parts of `crmclean init`: what exports tell, what is asked, what the plan then says."""
