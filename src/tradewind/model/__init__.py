"""Floor 0: the words of the trade. Frozen values and protocols; no arithmetic on series, no IO."""
