"""Runs the honesty tests in full: `python -m honesty`, see `--help` and docs/honesty.md; resumable, both cores."""

import argparse
import json
import multiprocessing
import os
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

import tradewind  # noqa: F401 - before numba: it points numba's compile cache at its place

# isort: split
from honesty.markets import COVERED, MAIN_EDGE, NOTHING, PLANTED
from honesty.trials import SEARCHES, Outcome, Trial, tried
from honesty.writing import lines, write_documents, written

from tradewind.app.search import code_version

RESULTS = Path("honesty-results")
SAID_EVERY_S = 30.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Try every market that has no result yet, then judge all; 1 where something that was asked for is missed."""
    given = _parser().parse_args(arguments)
    given.folder.mkdir(parents=True, exist_ok=True)
    kept = given.folder / f"trials-{code_version()}.jsonl"
    asked, done = _trials(given.markets, given.detection, given.coverage), _read(kept)
    if not given.judge_only:
        start = time.perf_counter()
        made = _run([trial for trial in asked if trial.key not in done], kept, given.workers)
        done |= made
        print(f"{len(made)} trials in {(time.perf_counter() - start) / 60:.1f} minutes on {given.workers} processes")
    outcomes = {trial.key: done[trial.key] for trial in asked if trial.key in done}
    if len(outcomes) < len(asked):
        print(f"only {len(outcomes)} of {len(asked)} trials are there")
    (given.folder / "honesty.md").write_text(written(outcomes), encoding="utf-8")
    if given.docs:
        write_documents(given.docs, outcomes)
    judged = lines(outcomes)
    for line in judged:
        print(f"{'-' if line.passed is None else 'passed' if line.passed else 'MISSED':<7} {line.asked}: {line.came}")
    return int(any(line.passed is False for line in judged))


def _trials(markets: int, detection: int, coverage: int) -> list[Trial]:
    """All trials, in the order in which an interrupted run is missed least; kinds of a study take turns."""
    main = [name for name, kind in PLANTED.items() if kind.edge == MAIN_EDGE]
    others = [name for name in PLANTED if name not in main]
    studies = (
        ("luck", list(NOTHING), markets),
        ("verdict", list(NOTHING), markets),
        ("coverage", list(COVERED), coverage),
        ("detection", main, detection),
        ("verdict", main, markets),
        ("long", main, markets),
        ("power", others, detection // 2),
    )
    return [Trial(study, kind, number) for study, kinds, count in studies for number in range(count) for kind in kinds]


def _read(kept: Path) -> dict[str, Outcome]:
    if not kept.exists():
        return {}
    found = {}
    for line in kept.read_text(encoding="utf-8").splitlines():
        # A run that was killed may leave half a line: that trial is made again.
        if line.endswith("}"):
            one = json.loads(line)
            found[one["key"]] = one
    return found


def _run(trials: Sequence[Trial], kept: Path, workers: int) -> dict[str, Outcome]:
    found: dict[str, Outcome] = {}
    whole, work = sum(SEARCHES[trial.study] for trial in trials), 0
    start = said = time.perf_counter()
    # Fresh processes: a forked one would share the parent's compiled code and its locks.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool, kept.open("a", encoding="utf-8") as out:
        running = {pool.submit(tried, trial): trial for trial in trials}
        for future in as_completed(running):
            outcome, trial = future.result(), running[future]
            found[outcome["key"]] = outcome
            out.write(json.dumps(outcome) + "\n")
            out.flush()
            work += SEARCHES[trial.study]
            now = time.perf_counter()
            if now - said >= SAID_EVERY_S:
                said, left = now, (now - start) * (whole / work - 1)
                print(f"{len(found)} of {len(trials)} trials, about {left / 60:.0f} min left", flush=True)
    return found


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m honesty",
        description="Does the search find something where there is nothing, and something where there is something? "
        "An interrupted run goes on where it was.",
    )
    parser.add_argument("--markets", type=int, default=25, help="markets without an edge, of each of four kinds")
    parser.add_argument(
        "--detection", type=int, default=100, help="markets with the main edge; half as many of two others"
    )
    parser.add_argument("--coverage", type=int, default=200, help="longer markets for intervals, of each of two kinds")
    parser.add_argument("--workers", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--folder", type=Path, default=RESULTS, help="where results are kept")
    parser.add_argument("--docs", type=Path, help="folder of documents whose figures are to be replaced")
    parser.add_argument("--judge-only", action="store_true", help="judge what is kept, try nothing more")
    return parser


if __name__ == "__main__":
    sys.exit(main())
