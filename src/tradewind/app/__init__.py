"""Floor 7: configuration, presets and one module per use case; the Python API of the product."""
