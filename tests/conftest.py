"""How the tests run everywhere: Hypothesis never judges by the clock, whose readings are the machine's."""

from hypothesis import settings

settings.register_profile("house", deadline=None, print_blob=True)
settings.load_profile("house")
