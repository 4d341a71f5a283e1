"""One market searched and validated from end to end, as a user would do it: what its verdict rests on."""

import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from honesty.markets import DAYS, Kind

from tradewind.adapters.catalog import Catalog, write
from tradewind.app.holdout import hold_outs_of
from tradewind.app.search import SearchRequest, search
from tradewind.app.validate import ValidateRequest, evidence_of, validate
from tradewind.app.watching import SilentProgress
from tradewind.app.workspace import Workspace
from tradewind.model.time import DAY_MS, TimeRange


def judged(kind: Kind, number: int, *, days: int = DAYS) -> dict[str, Any]:
    """What the verdict rests on, but for the luck test, which has a study of its own."""
    bars = kind.bars(number, days)
    # The hold-out takes the last fifth of what is known, and here it takes days that are never made.
    known = TimeRange(int(bars.ts[0]), int(bars.ts[0]) + days * DAY_MS * 5 // 4)
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(Path(folder))
        write(Catalog(workspace.catalog_directory), [bars])
        request = SearchRequest(preset=kind.preset(), bars=[bars], market="honesty", extent=known, workers=1)
        run, _ = search(request, workspace, SilentProgress())
        asked = ValidateRequest(run=run.run_id, alterations=0, stress=False, workers=1)
        found = validate(asked, workspace, SilentProgress())
        (hold_out,) = hold_outs_of([run], workspace)
        parts = (found.trials, None, found.overfitting, found.deflated_sharpe, found.track_record, found.plateaus)
        best = found.deflated_sharpe
        return {
            "evidence": asdict(evidence_of(*parts, hold_out)),
            "sharpe_per_year": best.sharpe_per_year,
            "deflated_uncapped": best.deflated_uncapped,
        }
