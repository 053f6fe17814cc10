"""Parts of `explain`, `unmerge` and `restore`: records found and their stories told."""
