"""Keys, candidate pairs, scores, clusters, survivors and review: the heart of the tool."""
