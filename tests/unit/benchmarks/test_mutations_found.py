"""The draw of mutations: one character of code each, still Python, the same for a seed."""

from itertools import islice

from benchmarks.mutations_found import DIGITS, FILES, OPERATORS, PACKAGE, mutations


def test_a_mutation_changes_one_digit_or_operator_of_one_file() -> None:
    drawn = list(islice(mutations(seed=1), 60))
    assert {name for name, *_ in drawn} <= set(FILES)
    assert len({text for *_, text in drawn}) == 60
    for name, line, _, _, text in drawn:
        source = (PACKAGE / name).read_text(encoding="utf-8")
        changed = [i for i, (a, b) in enumerate(zip(source, text, strict=True)) if a != b]
        assert len(changed) == 1
        assert source.count("\n", 0, changed[0]) == line - 1
        pair = {source[changed[0]], text[changed[0]]}
        assert pair <= set(DIGITS) or pair <= set(OPERATORS)


def test_the_same_seed_draws_the_same_mutations_and_another_others() -> None:
    first, again, other = (list(islice(mutations(seed), 20)) for seed in (1, 1, 2))
    assert first == again != other
