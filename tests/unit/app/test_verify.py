"""Verifying strategies: ours are clean, six planted leaks and an endless memory are found, named and measured."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from tests.contracts.feature_bars import gappy_bars

from tradewind.adapters.catalog import Catalog, SeriesKey, write
from tradewind.app.settings import STRATEGIES
from tradewind.app.verify import VerifyRequest, verify_strategy
from tradewind.app.workspace import Workspace
from tradewind.evidence.recording import detector_subject
from tradewind.evidence.verification import Finding, verify
from tradewind.features import registry
from tradewind.features.spec import FeatureSpec
from tradewind.model.errors import BadSetting, NoData
from tradewind.regimes.registry import DETECTORS, build

HEAD = """
from dataclasses import dataclass
import numpy as np
from tradewind.model.params import choice
from tradewind.model.plan import AtrDistance, Plan
from tradewind.model.signals import Signals

def fade(score, threshold):
    return np.where(score < -threshold, 1, np.where(score > threshold, -1, 0)).astype(np.int8)

@dataclass(frozen=True, slots=True, kw_only=True)
class Mine:
    threshold: float = choice({threshold})

    @property
    def plan(self):
        return Plan(stop=AtrDistance(14, 1.0), target=AtrDistance(14, 1.0), hold=60)

    def signals(self, features):
"""


@dataclass(frozen=True)
class Leak:
    """A strategy's `signals` in Python, and how many later bars it needs: at least and at most."""

    body: str
    least: int
    most: int
    threshold: float = 1.0


EVERYTHING = 10**6
HOURS = """
        hour = features.ts // 3_600_000
        last = np.searchsorted(hour, hour, side="right") - 1
        close = features.close[last]
"""
LEAKS = {
    "shifted column": Leak(
        """
        following = np.r_[features.close[1:], features.close[-1:]]
        return Signals(fade(-np.log(following / features.close), self.threshold))
        """, 1, 1, threshold=0.001,
    ),
    "whole-series normalisation": Leak(
        """
        z = (features.volume - features.volume.mean()) / features.volume.std()
        return Signals(fade(z, self.threshold), lambda: np.clip(np.abs(z) / 10, 0, 1))
        """, 1_000, EVERYTHING,
    ),
    "centred window": Leak(
        """
        kernel = np.ones(21) / 21
        middle = np.convolve(features.close, kernel, mode="same")
        score = (features.close - middle) / features.close
        return Signals(fade(score, self.threshold), lambda: np.clip(np.abs(score), 0, 1))
        """, 10, 10, threshold=0.002,
    ),
    "higher timeframe merged by open time": Leak(
        HOURS + """
        return Signals(fade(np.log(features.close / close), self.threshold))
        """, 40, 59, threshold=0.004,
    ),
    "future quantile": Leak(
        """
        windows = np.lib.stride_tricks.sliding_window_view(np.r_[features.volume, np.zeros(30)], 31)
        high = np.quantile(windows, 0.9, axis=1)
        return Signals(fade(high - features.volume, 0.0), lambda: np.clip(features.volume / (high + 1), 0, 1))
        """, 30, 30,
    ),
    "fit on everything": Leak(
        """
        moved = np.diff(np.log(features.close), prepend=np.log(features.close[:1]))
        slope, level = np.polyfit(moved[:-1], moved[1:], 1)
        told = slope * moved + level
        return Signals(fade(told, self.threshold), lambda: np.clip(np.abs(told) * 1000, 0, 1))
        """, 1_000, EVERYTHING, threshold=0.0,
    ),
}  # fmt: skip


def written(folder: Path, body: str, threshold: float = 1.0) -> str:
    path = folder / "mine.py"
    path.write_text(HEAD.format(threshold=threshold) + body, encoding="utf-8")
    return f"{path}:Mine"


def findings(strategy: str, folder: Path, samples: int = 24) -> list[Finding]:
    done = verify_strategy(VerifyRequest(strategy, samples=samples, configurations=1), Workspace(folder)).done
    return [finding for one in done for finding in one.findings]


def looking_ahead(found: list[Finding]) -> list[Finding]:
    return [finding for finding in found if finding.kind == "ahead"]


def test_a_preset_is_clean_in_every_mode_and_so_are_its_detectors(tmp_path: Path) -> None:
    found = verify_strategy(VerifyRequest("scalper", samples=12, configurations=3), Workspace(tmp_path))
    assert found.clean
    subjects = [one.subject for one in found.done]
    modes = {subject.parameters["mode"] for subject in subjects if subject.kind == "strategy"}
    assert modes == {"lr_snapshot", "no_lr_snapshot", "lr_pivot_strict"}
    detectors = [subject.name for subject in subjects if subject.kind == "detector"]
    assert detectors == ["trend_stress", "volatility_cluster", "trending_ranging_volatile"]
    assert all(one.changes > 20 and one.sampled == 12 for one in found.done)


@pytest.mark.parametrize("name", STRATEGIES)
def test_every_built_in_strategy_is_clean(name: str, tmp_path: Path) -> None:
    found = verify_strategy(VerifyRequest(name, samples=20, configurations=4, seed=2), Workspace(tmp_path))
    assert found.clean
    assert all(one.changes > 20 for one in found.done)


@pytest.mark.parametrize("name", DETECTORS)
def test_every_built_in_detector_is_clean(name: str) -> None:
    found = verify(detector_subject(build(name)), gappy_bars(6000, seed=6), samples=20, seed=2)
    assert found.changes > 20
    assert found.findings == ()


@pytest.mark.parametrize("name", LEAKS)
def test_a_planted_leak_in_a_strategys_own_arithmetic_is_found_and_measured(name: str, tmp_path: Path) -> None:
    leak = LEAKS[name]
    (found,) = looking_ahead(findings(written(tmp_path, leak.body, leak.threshold), tmp_path))
    assert found.feature is None
    assert leak.least <= found.needed <= leak.most
    assert found.to_end == (leak.most == EVERYTHING)
    assert any(whole != part for whole, part in found.values.values())


SHARED_LEAKS = {
    "shifted column": ("np.log(np.r_[features.close[1:], features.close[-1:]] / features.close) * 100", 1, 1),
    "whole-series normalisation": (
        "(features.close - features.close.mean()) / features.close.std()", 1_000, EVERYTHING
    ),
    "centred window": ("np.convolve(features.close, np.ones(21) / 21, mode='same') / features.close - 1", 10, 10),
    "higher timeframe merged by open time": (
        "np.log(features.close / features.close[np.searchsorted(features.ts // 3_600_000, features.ts // 3_600_000, "
        "side='right') - 1]) * 100", 50, 59,
    ),
    "future quantile": (
        "np.quantile(np.lib.stride_tricks.sliding_window_view(np.r_[features.volume, np.zeros(30)], 31), 0.9, axis=1) "
        "/ 100 - 1", 30, 30,
    ),
    "fit on everything": (
        "np.polyval(np.polyfit(np.arange(len(features)), features.close, 2), np.arange(len(features))) "
        "/ features.close - 1", 1_000, EVERYTHING,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SHARED_LEAKS)
def test_a_planted_leak_in_a_shared_feature_is_found_and_the_feature_is_named(name: str, tmp_path: Path) -> None:
    made, least, most = SHARED_LEAKS[name]
    body = f"""
        score = features.shared("mine.score", lambda: {made}, scale=1)
        return Signals(fade(score + features.log_return() * 0, 0.05), lambda: np.clip(np.abs(score), 0, 1))
    """
    (found,) = looking_ahead(findings(written(tmp_path, body), tmp_path))
    assert found.feature == "mine.score(scale=1)"
    assert least <= found.needed <= most
    assert found.to_end == (most == EVERYTHING)


def test_a_registered_feature_that_looks_ahead_is_named_not_those_made_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def centred(inputs: registry.price.Inputs) -> registry.price.FloatArray:
        later = np.r_[inputs.volume[3:], np.zeros(min(3, len(inputs.volume)))]
        return (inputs.volume + later) / 2

    def doubled(inputs: registry.price.Inputs) -> registry.price.FloatArray:
        return 2 * inputs.get("centred")

    added = {spec.name: spec for spec in (FeatureSpec("centred", centred, lambda: 1),
                                          FeatureSpec("doubled", doubled, lambda: 1))}  # fmt: skip
    monkeypatch.setattr(registry, "FEATURES", {**registry.FEATURES, **added})
    body = """
        features.get("doubled")
        return Signals(fade(features.log_return(), 0.001))
    """
    (found,) = findings(written(tmp_path, body), tmp_path)
    assert (found.kind, found.feature, found.needed, found.to_end) == ("ahead", "centred()", 3, False)


def test_both_causes_are_named_where_a_feature_and_the_own_arithmetic_look_ahead(tmp_path: Path) -> None:
    body = """
        later = lambda n: np.r_[features.close[n:], np.full(min(n, len(features)), features.close[-1])]
        far = features.shared("mine.far", lambda: later(7))
        score = np.log(far / features.close) + np.log(later(2) / features.close)
        return Signals(fade(score, 0.001), lambda: np.clip(np.abs(score) * 20, 0, 1))
    """
    found = looking_ahead(findings(written(tmp_path, body), tmp_path))
    assert [(one.feature, one.needed) for one in found] == [("mine.far()", 7), (None, 2)]


def test_labels_to_learn_from_may_look_ahead_where_nothing_said_depends_on_them(tmp_path: Path) -> None:
    body = """
        features.shared("mine.outcome", lambda: np.r_[features.close[1:], features.close[-1:]])
        return Signals(fade(features.log_return(), 0.001))
    """
    assert findings(written(tmp_path, body), tmp_path) == []


def test_an_endless_memory_is_caught_by_the_live_window_and_its_length_measured(tmp_path: Path) -> None:
    body = """
        from itertools import accumulate
        weight = 2 / 2001
        mean = np.array(list(accumulate(features.close, lambda m, c: m + weight * (c - m))))
        score = features.close / mean - 1
        return Signals(fade(score, 0.01), lambda: np.clip(np.abs(score), 0, 1))
    """
    (found,) = findings(written(tmp_path, body), tmp_path)
    assert (found.kind, found.feature) == ("start-up", None)
    # What is left of the first price after n bars is (1 - 2/2001)^n: a billionth of it after 20,700 bars, more than
    # these 11,520 hold, so nothing less than all of them is enough.
    assert found.to_end
    assert found.needed > 10_000


def test_a_memory_that_fades_within_the_live_window_is_no_finding(tmp_path: Path) -> None:
    body = """
        from itertools import accumulate
        mean = np.array(list(accumulate(features.close, lambda m, c: m + (c - m) * 2 / 21)))
        return Signals(fade(features.close / mean - 1, 0.002))
    """
    assert findings(written(tmp_path, body), tmp_path) == []


def test_a_window_longer_than_declared_is_measured_to_the_bar(tmp_path: Path) -> None:
    body = """
        before = np.r_[np.full(min(1500, len(features)), np.nan), features.close[:-1500]]
        score = features.close / before - 1
        return Signals(fade(score, 0.01), lambda: np.clip(np.nan_to_num(np.abs(score)), 0, 1))
    """
    (found,) = findings(written(tmp_path, body), tmp_path)
    assert (found.kind, found.feature, found.needed, found.to_end) == ("start-up", None, 1501, False)


def test_a_strategy_that_is_not_the_same_twice_is_told_so_and_nothing_else(tmp_path: Path) -> None:
    body = """
        return Signals(np.sign(np.random.default_rng().normal(size=len(features))).astype(np.int8))
    """
    (found,) = findings(written(tmp_path, body), tmp_path)
    assert found.kind == "unsteady"


def test_a_strategy_that_never_signals_has_nothing_to_compare(tmp_path: Path) -> None:
    strategy = written(tmp_path, "        return Signals(np.zeros(len(features), np.int8))\n")
    (one,) = verify_strategy(VerifyRequest(strategy, samples=4, configurations=1), Workspace(tmp_path)).done
    assert (one.changes, one.findings) == (0, ())


def test_the_same_request_compares_the_same_bars(tmp_path: Path) -> None:
    strategy = written(tmp_path, LEAKS["shifted column"].body, 0.001)
    first, again = (findings(strategy, tmp_path)[0] for _ in range(2))
    assert (first.bar, first.sampled, first.values) == (again.bar, again.sampled, again.values)


@pytest.mark.parametrize(
    ("strategy", "says"),
    [
        ("lr_scalpr", "is no strategy"),
        ("nowhere.py", "No such file"),
        ("{file}:Yours", "defines no strategy class Yours"),
    ],
)
def test_what_is_no_strategy_is_refused(strategy: str, says: str, tmp_path: Path) -> None:
    file = written(tmp_path, "        return Signals(np.zeros(len(features), np.int8))\n").partition(":")[0]
    with pytest.raises(BadSetting, match=says):
        verify_strategy(VerifyRequest(strategy.format(file=file)), Workspace(tmp_path))


def test_a_fault_in_the_users_file_is_named_with_its_line(tmp_path: Path) -> None:
    strategy = written(tmp_path, "        return Signals(features.close[:, 3])\n")
    line = HEAD.count("\n") + 1
    with pytest.raises(BadSetting, match=rf"mine\.py, line {line}: IndexError"):
        verify_strategy(VerifyRequest(strategy), Workspace(tmp_path))


def test_signals_of_another_length_are_refused(tmp_path: Path) -> None:
    strategy = written(tmp_path, "        return Signals(np.zeros(5, np.int8))\n")
    with pytest.raises(BadSetting, match=r"direction of Mine has shape \(5,\)"):
        verify_strategy(VerifyRequest(strategy), Workspace(tmp_path))


def catalogued(folder: Path, count: int) -> SeriesKey:
    bars = gappy_bars(count, seed=3)
    write(Catalog(Workspace(folder).catalog_directory), [bars], replace=False)
    return SeriesKey.of(bars.venue, bars.symbol, bars.timeframe)


def test_catalogued_bars_with_holes_are_the_oldest_and_end_before_any_hold_out(tmp_path: Path) -> None:
    series = catalogued(tmp_path, 14_000)
    found = verify_strategy(VerifyRequest("lr_scalper", series, samples=6, configurations=2), Workspace(tmp_path))
    whole = gappy_bars(14_000, seed=3)
    assert found.clean
    assert found.first_ts == whole.ts[0]
    assert found.last_ts < whole.ts[0] + 0.8 * (whole.ts[-1] - whole.ts[0])
    assert found.done[0].bars > 9_000


def test_too_few_catalogued_bars_are_refused(tmp_path: Path) -> None:
    series = catalogued(tmp_path, 2_000)
    with pytest.raises(NoData, match="2200 are needed"):
        verify_strategy(VerifyRequest("lr_scalper", series), Workspace(tmp_path))


def test_a_series_that_is_not_in_the_catalog_is_refused(tmp_path: Path) -> None:
    series = SeriesKey.of("binance", "BTC/USDT", "1m")
    with pytest.raises(NoData):
        verify_strategy(VerifyRequest("lr_scalper", series), Workspace(tmp_path))
