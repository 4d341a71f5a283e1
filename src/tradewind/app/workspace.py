"""Where a user's data lives on disk: one folder that holds the catalog, the runs and the caches."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Workspace:
    """A folder with `catalog/` (market data), `runs/` (results) and `cache/` (whatever can be made again)."""

    root: Path

    @property
    def catalog_directory(self) -> Path:
        return self.root / "catalog"

    @property
    def runs_directory(self) -> Path:
        return self.root / "runs"

    @property
    def cache_directory(self) -> Path:
        return self.root / "cache"

    @property
    def ledger_path(self) -> Path:
        return self.root / "ledger.sqlite"
