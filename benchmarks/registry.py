"""Every benchmark by name: a new one is a module of this folder with `measure`, plus one line here."""

import importlib
import importlib.util
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from benchmarks.harness import Asked, Figure

from tradewind.model.errors import TradewindError, WrongUse

PEERS_COMMAND = "make peers"


class MissingPeer(TradewindError):
    """A library to compare with is not installed."""


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A module of this folder that holds `measure(asked) -> figures`, what it is about, and libraries it needs."""

    module: str
    about: str
    peers: tuple[str, ...] = ()

    def measure(self, asked: Asked) -> list[Figure]:
        figures: list[Figure] = importlib.import_module(f"benchmarks.{self.module}").measure(asked)
        return figures


BENCHMARKS: Mapping[str, Benchmark] = MappingProxyType(
    {
        "reference": Benchmark("reference", "12,288 configurations, both passes, against a compiled loop over bars"),
        "random": Benchmark("random_parameters", "random parameters, one by one, against the same loop over bars"),
        "vectorbt": Benchmark(
            "vectorbt_signals", "the search beside vectorbt's from_signals", peers=("vectorbt", "vectorbt_rust")
        ),
        "memory": Benchmark("memory", "peak memory of 12,288 and of 122,880 configurations"),
        "many-windows": Benchmark("many_windows", "576 configurations × 1,794 windows × 180,000 15m bars"),
        "many-labels": Benchmark("many_labels", "276,480 configurations under 12 labels, one symbol of 3M bars"),
        "monte-carlo": Benchmark("monte_carlo", "10,000 paths of 5,000 trades: shuffled, drawn, in blocks of days"),
        "luck": Benchmark("luck", "200 altered markets × 12,288 configurations × 3 symbols × 90 days"),
        "core": Benchmark("core", "the trader core on one symbol and on six, journal off and on"),
        "engines": Benchmark("engines", "the trader core beside nautilus_trader and backtesting.py, the same signals"),
        "replay": Benchmark("replay", "a journal of a million events made into an account again, and from a snapshot"),
        "last-bar": Benchmark("last_bar", "what one closed bar costs a live process, a symbol"),
        "start-up": Benchmark("start_up", "tradewind search on a small dataset, imports included"),
    }
)


def chosen(names: Sequence[str]) -> dict[str, Benchmark]:
    """The benchmarks of these names; refuses unknown names and missing peers before anything is measured."""
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        raise WrongUse(f"there is no benchmark {unknown[0]!r}", f"There are {', '.join(BENCHMARKS)}")
    found = {name: BENCHMARKS[name] for name in names}
    for name, benchmark in found.items():
        missing = [peer for peer in benchmark.peers if importlib.util.find_spec(peer) is None]
        if missing:
            raise MissingPeer(
                f"benchmark {name} needs {', '.join(missing)}, not installed here", f"Install with: {PEERS_COMMAND}"
            )
    return found
