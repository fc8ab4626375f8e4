"""The graph of a night: what is wired to what, where it stands, what it is called."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from graph.check import check
from graph.errors import GraphError
from graph.file import parse, serialize
from graph.model import Graph
from graph.registry import Registry
from ui.editor.edits import places
from ui.night.draft import Options
from ui.night.frame import Frame, make_frame
from ui.night.make import Linked, link, make_graph
from ui.night.read import Night
from ui.packs import load_registry

FOLDER = Path("/data/night")
FACTS: dict[str, Any] = {"width": 60, "height": 40, "channels": 1, "GAIN": 100, "OFFSET": 5}


@pytest.fixture(scope="module")
def registry() -> Registry:
    return load_registry(packs=False)


def frames(kind: str, count: int = 3, **cards: Any) -> list[Frame]:
    facts = {**FACTS, "IMAGETYP": kind, **{k.replace("_", "-"): v for k, v in cards.items()}}
    name = f"{kind}_{'_'.join(str(v) for v in cards.values())}"
    return [make_frame(FOLDER / kind / f"{name}_{i}.fits", facts) for i in range(1, count + 1)]


def night(*groups: list[Frame]) -> Linked:
    return link(Night([frame for group in groups for frame in group]))


def make(linked: Linked, registry: Registry, **options: Any) -> Graph:
    graph = make_graph(linked, Options(FOLDER, **options), registry)
    assert not [problem for problem in check(graph) if not problem.warning]
    again = parse(serialize(graph), registry)  # it is a file that opens as it was
    assert serialize(again) == serialize(graph)
    return graph


def feeds(graph: Graph, id: str) -> Mapping[str, str]:
    return {name: ".".join(source) for name, source in graph.feeds(id).items()}


MONO = (
    frames("BIAS", EXPTIME=0.0),
    frames("DARK", EXPTIME=120.0),
    frames("FLAT", FILTER="L", EXPTIME=1.0),
    frames("FLAT", FILTER="R", EXPTIME=1.0),
    frames("LIGHT", 6, FILTER="L", EXPTIME=120.0),
    frames("LIGHT", 7, FILTER="R", EXPTIME=120.0),
)


def test_a_mono_night(registry: Registry) -> None:
    graph = make(night(*MONO), registry)
    assert graph.nodes["darks_120s"].params["files"] == [
        f"DARK/DARK_120.0_{i}.fits" for i in (1, 2, 3)
    ]
    assert feeds(graph, "bias") == {"frames": "biases.image"}
    assert graph.nodes["bias"].params["kind"] == "bias"
    assert feeds(graph, "calibrate_flats_L") == {"image": "flats_L.image", "bias": "bias.image"}
    assert feeds(graph, "flat_L") == {"frames": "calibrate_flats_L.image"}
    assert feeds(graph, "defects_dark_120s") == {"dark": "dark_120s.image"}
    for name in ("L", "R"):
        expected = {
            f"calibrate_{name}": {"image": f"lights_{name}.image", "dark": "dark_120s.image",
                                  "flat": f"flat_{name}.image"},
            f"cosmetic_{name}": {"image": f"calibrate_{name}.image",
                                 "defects": "defects_dark_120s.defects"},
            f"stars_{name}": {"image": f"cosmetic_{name}.image"},
            f"quality_{name}": {"image": f"cosmetic_{name}.image",
                                "stars": f"stars_{name}.stars"},
            f"survey_{name}": {"qualities": f"quality_{name}.quality"},
            f"weigh_{name}": {"quality": f"quality_{name}.quality",
                              "survey": f"survey_{name}.survey"},
            f"match_{name}": {"stars": f"stars_{name}.stars", "reference": "reference.stars"},
            f"warp_{name}": {"image": f"cosmetic_{name}.image", "canvas": "canvas.canvas",
                             "transform": f"match_{name}.transform"},
            f"stack_{name}": {"frames": f"warp_{name}.image", "weights": f"weigh_{name}.number"},
            f"save_{name}": {"image": f"stack_{name}.image"},
            f"registration_{name}": {"transforms": f"match_{name}.transform"},
            f"tables_{name}": {"first": f"survey_{name}.table",
                               "second": f"registration_{name}.table",
                               "third": f"stack_{name}.report"},
            f"report_{name}": {"tables": f"tables_{name}.any"},
            f"result_{name}": {"frames": f"report_{name}.table",
                               "statistics": f"measured_{name}.statistics"},
            f"save_{name}_frames_csv": {"table": f"report_{name}.table"},
            f"save_{name}_frames_png": {"image": f"survey_{name}.plot"},
            f"crop_{name}": {"image": f"stack_{name}.image", "coverage": "coverage.any"},
            f"save_{name}_crop": {"image": f"crop_{name}.image"},
            f"view_{name}": {"image": f"stack_{name}.image"},
            f"save_{name}_png": {"screen": f"view_{name}.screen"},
        }  # fmt: skip
        assert {id: feeds(graph, id) for id in expected} == expected
    assert feeds(graph, "summary_L") == {"frames": "report_L.table"}
    assert feeds(graph, "coverage") == {"first": "stack_L.coverage", "second": "stack_R.coverage"}
    assert feeds(graph, "summaries") == {
        "first": "summary_L.table", "second": "result_L.table", "third": "summary_R.table",
        "fourth": "result_R.table",
    }  # fmt: skip
    assert feeds(graph, "night") == {"tables": "summaries.any"}
    assert feeds(graph, "save_night_csv") == {"table": "night.table"}
    assert graph.nodes["report_L"].params["files"][0] == "LIGHT_L_120.0_1.fits"
    assert feeds(graph, "reference") == {"stars": "stars_L.stars", "qualities": "quality_L.quality"}
    assert feeds(graph, "canvas") == {"transforms": "match_L.transform"}
    assert graph.nodes["save_L"].params["file"] == "masters/L.fits"
    assert graph.nodes["save_flat_R"].params["file"] == "masters/flat_R.fits"


def test_mosaics_are_debayered(registry: Registry) -> None:
    graph = make(night(frames("LIGHT", BAYERPAT="RGGB")), registry)
    assert feeds(graph, "debayer") == {"image": "cosmetic.image"}
    assert feeds(graph, "cosmetic") == {"image": "lights.image"}  # nothing to calibrate with
    assert feeds(graph, "stars") == {"image": "debayer.image"}
    assert feeds(graph, "warp")["image"] == "debayer.image"
    assert graph.nodes["save_lights"].params["file"] == "masters/lights.fits"


def test_a_scaled_dark_takes_the_bias(registry: Registry) -> None:
    linked = night(frames("BIAS"), frames("DARK", EXPTIME=60.0), frames("LIGHT", EXPTIME=120.0))
    graph = make(linked, registry)
    assert feeds(graph, "calibrate") == {
        "image": "lights.image", "dark": "dark_60s.image", "bias": "bias.image",
    }  # fmt: skip
    assert graph.nodes["calibrate"].params["dark_scaling"] == "optimize"
    graph = make(night(*MONO), registry)
    assert "dark_scaling" not in graph.nodes["calibrate_L"].params


def test_masters_made_before_are_read(registry: Registry) -> None:
    linked = night(frames("Master Dark", 1, EXPTIME=60.0), frames("LIGHT", EXPTIME=60.0))
    graph = make(linked, registry)
    assert graph.nodes["dark_60s"].type == "io.load_image"
    assert graph.nodes["dark_60s"].params["file"] == "Master Dark/Master Dark_60.0_1.fits"
    assert "save_dark_60s" not in graph.nodes
    assert feeds(graph, "calibrate")["dark"] == "dark_60s.image"


def test_what_nobody_uses_is_not_in_the_graph(registry: Registry) -> None:
    graph = make(night(*MONO, frames("DARK", EXPTIME=7.0)), registry)
    assert not [id for id in graph.nodes if "7s" in id]


@pytest.mark.parametrize(
    ("asked", "chosen", "number"),
    [(None, "L", 0), ("R", "R", 0), ("r", "R", 0), ("LIGHT_R_120.0_4.fits", "R", 4),
     ("LIGHT_L_120.0_1", "L", 1)],
)  # fmt: skip
def test_reference(registry: Registry, asked: str | None, chosen: str, number: int) -> None:
    graph = make(night(*MONO), registry, reference=asked)
    assert feeds(graph, "reference")["stars"] == f"stars_{chosen}.stars"
    assert feeds(graph, "canvas")["transforms"] == f"match_{chosen}.transform"
    params = graph.nodes["reference"].params
    assert (params.get("by"), params.get("number")) == (
        ("number", number) if number else (None, None)
    )


def test_a_reference_that_is_not_there(registry: Registry) -> None:
    with pytest.raises(GraphError, match=r"no set of lights and no light is named 'G'.* L, R"):
        make(night(*MONO), registry, reference="G")


def test_without_l_the_largest_set_has_the_reference(registry: Registry) -> None:
    linked = night(*(frames("LIGHT", n, FILTER=f) for f, n in (("R", 3), ("Ha", 5), ("B", 4))))
    assert feeds(make(linked, registry), "reference")["stars"] == "stars_Ha.stars"


def test_each_target_has_its_own_reference(registry: Registry) -> None:
    linked = night(
        *(frames("LIGHT", FILTER=f, OBJECT=o) for f in "LR" for o in ("M31", "M33")),
        frames("DARK"),
    )
    graph = make(linked, registry)
    assert feeds(graph, "match_R_M33")["reference"] == "reference_L_M33.stars"
    assert feeds(graph, "match_R_M31")["reference"] == "reference_L_M31.stars"
    assert feeds(graph, "warp_R_M31")["canvas"] == "canvas_L_M31.canvas"
    assert graph.meta["title"] == "Night: M31, M33"


def test_nothing_stands_on_anything_else(registry: Registry) -> None:
    graph = make(night(*MONO), registry)
    at = {id: places.place_of(graph, id) for id in graph.nodes}
    assert None not in at.values()
    for (one, a), (other, b) in combinations(at.items(), 2):
        assert a
        assert b
        assert abs(a[0] - b[0]) >= 190 or abs(a[1] - b[1]) >= 80, f"{one} stands on {other}"
    rects = [places.rect_of(entry) for _, entry in places.entries(graph, "frames")]
    assert len(rects) == 8  # four masters, the reference, the table, two stacks of lights
    for r, s in combinations(rects, 2):
        assert r
        assert s
        apart = (r[0] + r[2] <= s[0] or s[0] + s[2] <= r[0] or r[1] + r[3] <= s[1]
                 or s[1] + s[3] <= r[1])  # fmt: skip
        assert apart
    inside = [
        id for id, place in at.items()
        if place and any(r and r[0] < place[0] < r[0] + r[2] and r[1] < place[1] < r[1] + r[3]
                         for r in rects)
    ]  # fmt: skip
    assert sorted(inside) == sorted(graph.nodes)
    titles = [entry["title"] for _, entry in places.entries(graph, "frames")]
    assert "Master flat L: 3 frames" in titles


def test_the_note_tells_what_is_doubtful(registry: Registry) -> None:
    graph = make(night(frames("LIGHT"), frames("DARK", GAIN=0)), registry)
    text = places.entries(graph, "notes")[0][1]["text"]
    assert "no dark, dark has gain 0, not 100" in text
    assert "no flat, there are no flats" in text


def test_no_lights(registry: Registry) -> None:
    with pytest.raises(GraphError, match="no lights were found, there are only: 3 dark"):
        night(frames("DARK"))
    with pytest.raises(GraphError, match="no file in it is an image"):
        night()


def test_paths_reach_from_the_graph_to_the_files(registry: Registry) -> None:
    graph = make_graph(night(*MONO), Options(FOLDER.parent / "graphs", out=""), registry)
    assert graph.nodes["lights_L"].params["files"][0] == "../night/LIGHT/LIGHT_L_120.0_1.fits"
    assert graph.nodes["save_L"].params["file"] == "L.fits"


def test_lights_of_other_masters_share_a_stack(registry: Registry) -> None:
    groups = [frames("LIGHT", 4, FILTER="L", EXPTIME=60.0, GAIN=gain) for gain in (100, 200)]
    darks = [frames("DARK", EXPTIME=60.0, GAIN=gain) for gain in (100, 200)]
    graph = make(night(*groups, *darks), registry)
    for gain in ("100", "200"):
        assert feeds(graph, f"calibrate_L_gain{gain}") == {
            "image": f"lights_L_gain{gain}.image", "dark": f"dark_60s_gain{gain}.image",
        }  # fmt: skip
    assert feeds(graph, "frames_L") == {
        "first": "cosmetic_L_gain100.image", "second": "cosmetic_L_gain200.image",
    }  # fmt: skip
    assert feeds(graph, "stars_L") == {"image": "frames_L.any"}
    assert feeds(graph, "warp_L")["image"] == "frames_L.any"
    assert len(graph.nodes["report_L"].params["files"]) == 8
    assert not [id for id in graph.nodes if id.startswith("stack_L_")]


def test_more_sets_than_a_join_has_inputs(registry: Registry) -> None:
    graph = make(night(*(frames("LIGHT", FILTER="L", GAIN=gain) for gain in range(17))), registry)
    assert len(feeds(graph, "frames_L")) == 8
    assert feeds(graph, "frames_L_2")["first"] == "frames_L.any"
    assert len(feeds(graph, "frames_L_3")) == 3
    assert feeds(graph, "stars_L") == {"image": "frames_L_3.any"}


def test_framing(registry: Registry) -> None:
    graph = make(night(*MONO), registry, framing="union")
    assert graph.nodes["canvas"].params["framing"] == "union"
    assert feeds(graph, "canvas") == {"transforms": "transforms.any"}
    assert feeds(graph, "transforms") == {
        "first": "match_L.transform", "second": "match_R.transform",
    }  # fmt: skip


@pytest.mark.parametrize(("count", "few"), [(2, False), (3, True), (5, True), (6, False)])
def test_few_frames_are_held_against_measured_noise(
    registry: Registry, count: int, few: bool
) -> None:
    graph = make(night(frames("LIGHT", count)), registry)
    expected = {"frames": "warp.image", "weights": "weigh.number"}
    if few:
        expected["readout_noise"] = "noise.number"
        assert feeds(graph, "noise") == {"measures": "statistics.statistics"}
        assert feeds(graph, "statistics") == {"image": "cosmetic.image"}
    assert feeds(graph, "stack") == expected
    method = graph.nodes["stack"].params.get("rejection", "auto")
    assert method == ("ccd noise" if few else "auto")


def test_local_normalisation_and_drizzle(registry: Registry) -> None:
    lights = frames("LIGHT", 6, BAYERPAT="RGGB")
    graph = make(night(lights), registry, local=True, drizzle=2.0)
    assert feeds(graph, "local_reference") == {"frames": "warp.image",
                                               "qualities": "quality.quality"}  # fmt: skip
    assert feeds(graph, "local") == {
        "image": "warp.image", "reference": "local_reference.image", "stars": "stars.stars",
        "reference_stars": "local_stars.stars", "transform": "match.transform",
        "canvas": "canvas.canvas",
    }  # fmt: skip
    assert feeds(graph, "stack")["locals"] == "local.fit"
    assert graph.nodes["stack"].params["normalization"] == "local"
    assert feeds(graph, "drizzle") == {
        "frames": "cosmetic.image", "transforms": "match.transform", "canvas": "canvas.canvas",
        "weights": "weigh.number", "locals": "local.fit", "master": "stack.image",
    }  # fmt: skip
    assert graph.nodes["save_lights_drizzle2"].params["file"] == "masters/lights_drizzle2.fits"
    plain = make(night(lights), registry)
    assert not {"local", "drizzle"} & set(plain.nodes)
