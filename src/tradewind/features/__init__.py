"""Floor 2: named features, each a function of one fixed trailing window of closed bars."""
