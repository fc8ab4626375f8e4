"""Finding names by a few letters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.editor.shell.fuzzy import fold, rank, split
from ui.packs import load_registry

NAMES = [
    "Histogram transformation",
    "Linear fit",
    "Load image",
    "Load frames",
    "Asinh stretch",
    "Background polynomial",
    "Neutralize background",
    "Master flat",
]


def best(query: str, names: list[str] = NAMES) -> list[str]:
    return [names[match.place] for match in rank(query, [(name, ()) for name in names])]


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("hist", "Histogram transformation"),
        ("ht", "Histogram transformation"),
        ("HT", "Histogram transformation"),
        ("trans", "Histogram transformation"),
        ("lf", "Linear fit"),
        ("frames", "Load frames"),
        ("load fr", "Load frames"),
        ("fr load", "Load frames"),
        ("strech", "Asinh stretch"),  # one letter missing
        ("bakcground", "Background polynomial"),  # two swapped
        ("histigram", "Histogram transformation"),  # one wrong
        ("lineear", "Linear fit"),  # one too many
        ("bgpoly", "Background polynomial"),
        ("nutralize", "Neutralize background"),
    ],
)
def test_a_few_letters_find_the_name(query: str, first: str) -> None:
    assert best(query)[0] == first


def test_what_begins_with_the_query_comes_before_words_that_do() -> None:
    assert best("background")[:2] == ["Background polynomial", "Neutralize background"]
    names = ["xxfit", "refit it", "Make fit", "Fit all", "fiit", "Fit"]
    assert best("fit", names)[:3] == ["Fit", "Fit all", "Make fit"]
    kinds = ["spot linear", "lxixn", "aline", "Long interval now", "star line", "line"]
    assert best("lin", kinds) == [
        "line",
        "star line",
        "spot linear",
        "Long interval now",
        "aline",
        "lxixn",
    ]


def test_a_wrong_letter_is_forgiven_only_when_nothing_better_is_there() -> None:
    names = ["Stretch", "Strench", "S t r e n c h"]
    assert best("strench", names)[2] == "Stretch"
    assert best("xq", NAMES) == best("!", NAMES) == []
    assert best("hizzogram", NAMES) == []


def test_letters_strewn_over_a_sentence_are_no_match() -> None:
    assert best("mwtp", ["Menu of what is under the pointer"]) == []
    assert best("ue", ["u" + "x" * 9 + "e", "uxxe"]) == ["uxxe"]


def test_equally_good_ones_keep_their_order() -> None:
    assert best("load", ["Load b", "Load a", "Load c"]) == ["Load b", "Load a", "Load c"]
    matches = rank("", [("b", ()), ("a", ())])
    assert [match.place for match in matches] == [0, 1]
    assert len(rank("  ", [("b", ()), ("a", ())])) == 2


def test_aliases_are_found_and_named_after_names() -> None:
    entries = [("Asinh stretch", ("ArcsinhStretch",)), ("Arcs", ())]
    assert [(m.place, m.name) for m in rank("arcs", entries)] == [
        (1, "Arcs"),
        (0, "ArcsinhStretch"),
    ]
    entries = [("Gradient", ("DynamicBackgroundExtraction", "ABE"))]
    assert rank("dbe", entries)[0].name == "DynamicBackgroundExtraction"
    assert rank("abe", entries)[0].name == "ABE"


def test_accents_and_capitals_do_not_matter() -> None:
    assert fold("Éclat") == "eclat"
    assert best("eclat", ["Éclat"]) == ["Éclat"]
    assert best("ÉCLAT", ["eclat"]) == ["eclat"]


def test_words_of_all_ways_of_writing() -> None:
    assert split("LinearFit") == split("linear_fit") == split("Linear fit") == ["linear", "fit"]
    assert split("SPCCRun") == ["spcc", "run"]


@given(st.text(max_size=12), st.lists(st.text(max_size=20), max_size=6))
def test_any_text_can_be_searched(query: str, names: list[str]) -> None:
    matches = rank(query, [(name, (name[::-1],)) for name in names])
    assert len({match.place for match in matches}) == len(matches)
    scores = [match.score for match in matches]
    assert scores == sorted(scores, reverse=True)


def test_every_node_type_is_found_first_by_its_own_title_and_id() -> None:
    specs = list(load_registry(packs=False))
    entries = [(spec.title, (spec.id, *spec.aliases)) for spec in specs]
    for spec in specs:
        found = [specs[match.place] for match in rank(spec.id, entries)]
        assert found[0] is spec
        assert specs[rank(spec.title, entries)[0].place].title == spec.title
