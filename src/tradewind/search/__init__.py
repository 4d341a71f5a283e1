"""Floor 5: the search: space, walks into cells, walk-forward windows, scoring and selection."""
