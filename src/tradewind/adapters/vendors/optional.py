"""Libraries that a plain installation does without."""

import importlib
from typing import Any

from tradewind.model.errors import NotInstalled


def optional_library(name: str) -> Any:
    """The imported library; raises NotInstalled saying how to install it. Its name is that of the extra."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        raise NotInstalled(f"{name} is not installed", f"Install it with: pip install 'tradewind[{name}]'") from None
