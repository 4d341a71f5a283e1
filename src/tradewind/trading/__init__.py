"""The trader core: events in, commands out; no clock, no network, no chance."""
