"""Floor 4: strategies, which are immutable values: parameters in, signals out of features."""
