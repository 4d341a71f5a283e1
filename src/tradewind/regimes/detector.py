"""What a regime detector is: closed bars in, one label per bar out, nothing remembered and nothing foreseen."""

from typing import Protocol

from tradewind.features.features import Features
from tradewind.model.errors import BadSetting
from tradewind.model.regimes import Labels


class RegimeDetector(Protocol):
    """Names the regime of every bar from its trailing `window` bars alone.

    `names` gives the meaning of the labels 0, 1, ...; UNKNOWN (-1) is every bar before the window is full, and any
    bar the detector cannot tell. Implementations are frozen values, so the same bars always have the same labels.
    """

    @property
    def name(self) -> str: ...
    @property
    def names(self) -> tuple[str, ...]: ...
    @property
    def window(self) -> int: ...
    def labels(self, features: Features) -> Labels:
        """One label per bar of `features`; the label of a bar depends on no later bar."""
        ...


def check(fine: bool, problem: str, remedy: str) -> None:  # noqa: FBT001 - reads as a sentence at its call
    """Raise BadSetting with `problem` and `remedy` unless `fine`."""
    if not fine:
        raise BadSetting(problem, remedy)
