"""Settings of the command line and of files: order, types, mistakes, paths, origins."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from graph.errors import GraphError, RefusedError
from graph.model import End, Graph
from tests.command_line import SAMPLES, change, write_graph
from ui.command import build_parser
from ui.opening import open_with_settings
from ui.settings import Setting, origins

SAMPLE = SAMPLES / "first_light.graph.json"


def _open(*words: object, graph: Path = SAMPLE) -> tuple[Graph, dict[End, Setting]]:
    return open_with_settings(build_parser().parse_args(["run", str(graph), *map(str, words)]))


def _write(path: Path, **sections: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"format": "linearlink-settings", "version": 1, **sections}))
    return path


def test_a_file_sets_typed_values(tmp_path: Path) -> None:
    values = {
        "background.degree": 3,
        "view.target": 1,
        "view.link": "unlinked",
        "red.hdu": None,
        "neutralize.reference": [1, 2, 3, 4],
        "picture.overwrite": False,
    }
    graph, _ = _open("--settings", _write(tmp_path / "night.json", set=values))
    found = {end: graph.nodes[end.split(".")[0]].params[end.split(".")[1]] for end in values}
    assert found == {**values, "neutralize.reference": (1, 2, 3, 4)}
    assert type(found["view.target"]) is float


@pytest.mark.parametrize(
    ("order", "degree"), [("set one two", 2), ("one two set", 3), ("two set one", 1)]
)
def test_c11_later_ones_win(tmp_path: Path, order: str, degree: int) -> None:
    words = {
        "set": ["--set", "background.degree=3"],
        "one": ["--settings", _write(tmp_path / "1.json", set={"background.degree": 1})],
        "two": ["--settings", _write(tmp_path / "2.json", set={"background.degree": 2})],
    }
    graph, _ = _open(*(word for name in order.split() for word in words[name]))
    assert graph.nodes["background"].params["degree"] == degree


def test_c11_inputs_and_settings_of_one_parameter_in_order(tmp_path: Path) -> None:
    file = _write(tmp_path / "in.json", input={"red": "r.fits"})
    graph, _ = _open("--set", "red.file=/a.fits", "--settings", file)
    assert graph.nodes["red"].params["file"] == str(tmp_path / "r.fits")
    graph, _ = _open("--settings", file, "--input", "red=/b.fits", "--set", "red.file=/c.fits")
    assert graph.nodes["red"].params["file"] == "/c.fits"
    graph, _ = _open("--set", "red.file=/c.fits", "--input", "red=/b.fits")
    assert graph.nodes["red"].params["file"] == "/b.fits"


def test_paths_in_a_file_start_at_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir("/")
    folder = tmp_path / "nights"
    settings = _write(folder / "a.json", input={"red": "m31/r.fits"}, set={"green.file": "g.fits"})
    link = tmp_path / "link.json"
    link.symlink_to(settings)  # beside the link are none of its files
    graph, _ = _open("--settings", link)
    assert graph.nodes["red"].params["file"] == str(folder / "m31" / "r.fits")
    assert graph.nodes["green"].params["file"] == str(folder / "g.fits")


def test_lists_of_files_in_a_file(tmp_path: Path) -> None:
    graph = write_graph(tmp_path / "g.json", lights=("io.load_frames", {"files": "x"}))
    for value, found in (
        ("lights/*.fits", str(tmp_path / "lights/*.fits")),
        (["a.fits", "b.fits"], [str(tmp_path / "a.fits"), str(tmp_path / "b.fits")]),
    ):
        settings = _write(tmp_path / "s.json", set={"lights.files": value})
        opened, _ = _open("--settings", settings, graph=graph)
        assert opened.nodes["lights"].params["files"] == found


@pytest.mark.parametrize("path", ["/etc/passwd", "../r.fits", "a/../../r.fits", "~/r.fits"])
@pytest.mark.parametrize("section", ["input", "set"])
def test_z04_a_path_that_leaves_the_folder_of_a_file_needs_consent(
    tmp_path: Path, path: str, section: str
) -> None:
    key = "red" if section == "input" else "red.file"
    settings = _write(tmp_path / "in" / "night.json", **{section: {key: path}})
    with pytest.raises(RefusedError) as caught:
        _open("--settings", settings)
    for word in ("red.file", path, "night.json", "--yes"):
        assert word in str(caught.value)
    assert _open("--settings", settings, "--yes")[0]
    own = _open("--settings", settings, "--set", "red.file=/own.fits")[0]  # by hand
    assert own.nodes["red"].params["file"] == "/own.fits"


def test_z04_one_of_several_paths_leaves(tmp_path: Path) -> None:
    graph = write_graph(tmp_path / "g.json", lights=("io.load_frames", {"files": "x"}))
    settings = _write(tmp_path / "s.json", set={"lights.files": ["a.fits", "../b.fits"]})
    with pytest.raises(RefusedError, match=r"\.\./b\.fits"):
        _open("--settings", settings, graph=graph)


def test_z04_a_file_gives_no_consent_to_other_paths_of_the_graph(
    tmp_path: Path, small: Path
) -> None:
    change(small, lambda data: data["nodes"]["green"]["params"].update(file="/etc/passwd"))
    settings = _write(tmp_path / "s.json", set={"red.file": "r.fits"})
    with pytest.raises(RefusedError, match=r"green\.file uses /etc/passwd.*folder of the graph"):
        _open("--settings", settings, graph=small)


_START = '{"format": "linearlink-settings", "version": 1, '


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ["line 1, column 1"]),
        ('{"format": "linearlink-settings",\n "version": 1,,}', ["line 2, column 15"]),
        ("[]", ["no LinearLink settings"]),
        ('{"format": "linearlink-graph"}', ["no LinearLink settings"]),
        ('{"format": "linearlink-settings"}', ["version must be 1, not None"]),
        ('{"format": "linearlink-settings", "version": 2}', ["version must be 1, not 2"]),
        ('{"format": "linearlink-settings", "version": true}', ["version must be 1, not True"]),
        (_START + '"sets": {}}', ["unknown key 'sets'", "did you mean 'set'"]),
        (_START + '"set": []}', ["'set' must be an object in braces, not []"]),
        (_START + '"set": {"background": 2}}', ["'background' is not NODE.PARAM"]),
        (_START + '"set": {"backround.degree": 2}}', ["'backround'", "did you mean 'background'"]),
        (_START + '"set": {"background.degre": 2}}', ["'degre'", "did you mean 'degree'"]),
        (_START + '"set": {"background.degree": 99}}', ["background.degree", "99", "0 to 6"]),
        (_START + '"set": {"background.degree": "3"}}', ["whole number", "'3'"]),
        (_START + '"set": {"view.target": NaN}}', ["line 1, column 72", "NaN"]),
        (_START + '"set": {"red.file": 3}}', ["red.file", "path", "3"]),
        (_START + '"set": {"red.file": ""}}', ["red.file", "path"]),
        (_START + '"set": {"picture.file": "a.doc"}}', ["picture.file", "a.doc", ".tif"]),
        (_START + '"input": {"rde": "x"}}', ["no input 'rde'", "did you mean 'red'"]),
        (_START + '"input": {"red": 3}}', ["red.file", "path", "3"]),
        (_START + '"input": {"red": []}}', ["red.file", "path", "[]"]),
        (_START + '"set": {"view.link": "auto", "view.link": "linked"}}', ["stands twice"]),
        (_START + '"set": ' + "[" * 100 + "]" * 100 + "}", ["nested deeper"]),
    ],
)
def test_mistakes_name_the_file(tmp_path: Path, text: str, words: list[str]) -> None:
    path = tmp_path / "night.json"
    path.write_text(text)
    with pytest.raises(GraphError) as caught:
        _open("--settings", path)
    (problem,) = caught.value.problems
    assert str(problem).startswith(f"{path}: ")
    for word in words:
        assert word in str(problem)


def test_all_mistakes_of_a_file_are_told(tmp_path: Path) -> None:
    values = {"background.degree": 99, "nowhere.a": 1, "view.link": "auto", "view.target": "x"}
    with pytest.raises(GraphError) as caught:
        _open("--settings", _write(tmp_path / "night.json", set=values, input={"rde": "x"}))
    assert len(caught.value.problems) == 4


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "latin.json").write_bytes(b'{"format": "\xe9"}')
    for name, word in (("none.json", "No such file"), (".", "directory"), ("latin.json", "UTF-8")):
        with pytest.raises(GraphError, match=word) as caught:
            _open("--settings", tmp_path / name)
        assert str(tmp_path / name) in str(caught.value)


def test_a_setting_fed_by_a_link_or_of_an_unknown_type(tmp_path: Path, small: Path) -> None:
    change(small, lambda data: data["nodes"]["view"].update(type="other.view"))
    with pytest.raises(GraphError, match=r"'other\.view' is not installed"):
        _open("--settings", _write(tmp_path / "s.json", set={"view.link": "auto"}), graph=small)


def test_what_only_the_file_knows_can_be_set(tmp_path: Path, small: Path) -> None:
    change(small, lambda data: data["nodes"]["view"]["params"].update(newer=1))
    settings = _write(tmp_path / "s.json", set={"view.newer": [2]})
    assert _open("--settings", settings, graph=small)[0].nodes["view"].params["newer"] == [2]
    assert _open("--set", "view.newer=2", graph=small)[0].nodes["view"].params["newer"] == "2"


def test_c11_origins(tmp_path: Path, small: Path) -> None:
    change(small, lambda data: data["nodes"]["background"]["params"].pop("rounds"))
    night = _write(tmp_path / "night.json", set={"background.box": 15, "background.degree": 1})
    graph, settings = _open(
        "--settings", night, "--set", "background.degree=3", "--input", "red=/r.fits", graph=small
    )
    found = origins(graph, settings, ["background", "red", "view:statistics"])
    assert {name: found["background"][name] for name in ("degree", "box", "boxes", "rounds")} == {
        "degree": "command line",
        "box": "night.json",
        "boxes": "graph",
        "rounds": "default",
    }
    assert found["red"]["file"] == "command line"
    assert found["view:statistics"] == {}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--bypass", "backround"), "no node 'backround'; did you mean 'background'? (nodes: red"),
        (("--mute", "veiw"), "no node 'veiw'; did you mean 'view'? (nodes: red"),
        (("--keep", "veiw=never"), "no node 'veiw'; did you mean 'view'?"),
        (("--keep", "view"), "'view' is not NODE=POLICY"),
        (("--keep", "view=always"), "view: 'always' is not one of: auto, keep, never"),
    ],
)
def test_modes_and_policies_that_are_none(words: tuple[str, ...], told: str) -> None:
    with pytest.raises(GraphError) as caught:
        _open(*words)
    assert str(caught.value).startswith(told)


def test_modes_and_policies() -> None:
    graph, _ = _open(
        "--bypass", "background", "--mute", "view", "--mute", "summary", "--keep", "combine=never"
    )
    modes = {id: node.mode for id, node in graph.nodes.items() if node.mode != "run"}
    assert modes == {"background": "bypass", "view": "mute", "summary": "mute"}
    assert {id: node.keep for id, node in graph.nodes.items() if node.keep != "auto"} == {
        "combine": "never"
    }
