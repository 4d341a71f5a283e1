"""Floor 2: pure statistics on arrays; every definition is in shared terms with its source."""
