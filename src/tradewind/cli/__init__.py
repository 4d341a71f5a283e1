"""Floor 8: the command line, thin over `tradewind.app`."""
