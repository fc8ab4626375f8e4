"""Finding node types: by what people call them, and only those that fit a wire."""

from __future__ import annotations

from tests.editor.hand import REGISTRY, chain
from ui.editor.canvas.node_search import find, offer


def _ids(query: str, recent: tuple[str, ...] = ()) -> list[str]:
    return [found.spec.id for found in find(query, offer(chain()), recent)]


def test_by_title_initials_family_and_id() -> None:
    assert _ids("histo")[0] == "stretch.histogram"
    assert _ids("ht")[0] == "stretch.histogram"
    assert set(_ids("background.")) >= {"background.polynomial"}
    assert "io.load_image" in _ids("io")
    assert _ids("zzzzzz") == []


def test_by_the_names_of_other_programs() -> None:
    entries = [found for found in offer(chain()) if getattr(found.spec, "known_as", ())]
    for found in entries:
        name = found.spec.known_as[0]
        best = find(name, offer(chain()))
        assert found.spec.id in [each.spec.id for each in best[:3]], name


def test_recent_ones_come_first_as_long_as_nothing_is_typed() -> None:
    found = _ids("", ("view.screen", "gone.type", "io.load_image"))
    assert found[:2] == ["view.screen", "io.load_image"]
    assert sorted(found) == sorted(spec.id for spec in REGISTRY)
    assert _ids("stat", ("view.screen",))[0] == "measure.statistics"


def test_only_what_fits_a_wire_is_offered() -> None:
    graph = chain()
    after = offer(graph, ("view", "screen"), True)
    assert {"io.save_screen", "view.compare"} <= {found.spec.id for found in after}
    assert "background.polynomial" not in {found.spec.id for found in after}
    before = offer(graph, ("sky", "mask"), False)
    assert all(found.end in found.spec.outputs for found in before)
    assert next(f.end for f in find("save screen", after)) == "screen"
