"""The trader core: events in, commands out; no clock, no network, no chance.

Modules that were compiled from these very sources are found before them (`tradewind/compiled.py`).
"""

from tradewind.compiled import search_path

__path__[:0] = search_path()
