"""Floor 5: procedures that judge a search, and the simulated market they are checked on."""
