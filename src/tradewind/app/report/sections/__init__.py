"""The sections of a report, one question each; a section that has no data says why."""
