"""Floor 3: regime detectors, confirmation of labels and reports on them."""
