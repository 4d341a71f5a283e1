"""Floor 6: everything that touches disk, network or threads."""
