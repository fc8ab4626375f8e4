"""What is given on the command line: settings, files, sizes."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from graph.errors import GraphError
from graph.model import Graph
from tests.command_line import SAMPLES, Command, change, write_graph
from ui.command import build_parser
from ui.opening import RESULTS, make_plan, open_graph, open_store, reading

SAMPLE = SAMPLES / "first_light.graph.json"


def _open(*words: object, graph: Path = SAMPLE) -> Graph:
    return open_graph(build_parser().parse_args(["run", str(graph), *map(str, words)]))


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("8G", 8_000_000_000),
        ("8GB", 8_000_000_000),
        ("8gb", 8_000_000_000),
        ("500M", 500_000_000),
        ("1.5K", 1500),
        ("2T", 2_000_000_000_000),
        ("4096", 4096),
        ("1e3", 1000),
    ],
)
def test_sizes(text: str, size: int) -> None:
    assert build_parser().parse_args(["run", "g", "--memory", text]).memory == size


@pytest.mark.parametrize(
    "text", ["x", "", "0", "-1", "-8G", "nan", "inf", "1e30", "G", "8X", "8GG", "8 apples", "8,5G"]
)
def test_what_is_no_size(text: str, linearlink: Command) -> None:
    done = linearlink("run", SAMPLE, f"--memory={text}")
    assert done.code == 2
    assert done.mistakes[-1].endswith(
        f"argument --memory: {text!r} is not a size such as 8G or 500M"
    )


@pytest.mark.parametrize("text", ["0", "-3", "x", "1.5", ""])
def test_what_is_no_number_of_jobs(text: str, linearlink: Command) -> None:
    done = linearlink("run", SAMPLE, f"--jobs={text}")
    assert done.code == 2
    assert "--jobs" in done.mistakes[-1]


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("background.degree=3", 3),
        ("view.target=0.3", 0.3),
        ("view.target=1", 1.0),
        ("view.exact_target=true", True),
        ("view.link=unlinked", "unlinked"),
        ('view.link="unlinked"', "unlinked"),
        ("red.hdu=2", 2),
        ("red.hdu=null", None),
        ("summary.title=2024", "2024"),
        ("summary.title=", ""),
        ("summary.title=a=b, c.d", "a=b, c.d"),
        ("neutralize.reference=[1, 2, 3, 4]", (1, 2, 3, 4)),
        ("picture.bits=16", "16"),
    ],
)
def test_settings_are_typed(setting: str, value: object) -> None:
    id, name = setting.partition("=")[0].split(".")
    given = _open("--set", setting).nodes[id].params[name]
    assert given == value
    assert type(given) is type(value)


def test_the_last_setting_wins() -> None:
    graph = _open("--set", "background.degree=3", "--set", "background.degree=1")
    assert graph.nodes["background"].params["degree"] == 1


def test_files_on_the_command_line_start_where_it_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    graph = _open("--input", "red=my/r.fits", "--set", "green.file=~/g.fits")
    assert graph.nodes["red"].params["file"] == str(tmp_path / "my" / "r.fits")
    assert graph.nodes["green"].params["file"] == str(tmp_path / "home" / "g.fits")
    assert graph.nodes["blue"].params["file"] == "data/first_light_blue.fits"  # of the graph's own


def test_lists_of_files_on_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    lights = write_graph(tmp_path / "g.json", lights=("io.load_frames", {"files": "x"}))
    for text, value in (
        ("lights/*.fits", str(tmp_path / "lights/*.fits")),
        ('["a.fits", "/b.fits"]', [str(tmp_path / "a.fits"), "/b.fits"]),
    ):
        assert _open("--set", f"lights.files={text}", graph=lights).nodes["lights"].params == {
            "files": value
        }


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--input", "red"), "'red' is not NAME=PATH"),
        (("--input", "red="), "the input 'red' is given no path"),
        (("--input", "=x"), "'=x' is not NAME=PATH"),
        (("--input", "rde=x"), "no input 'rde'; did you mean 'red'? (inputs: red, green, blue)"),
    ],
)
def test_inputs_that_are_none(words: tuple[str, ...], told: str) -> None:
    with pytest.raises(GraphError) as caught:
        _open(*words)
    assert str(caught.value) == told


def test_an_input_of_the_file_that_names_no_node(small: Path) -> None:
    change(small, lambda data: data["inputs"]["red"].update(node="rot"))
    with pytest.raises(GraphError, match="names the node 'rot'"):
        _open("--input", "red=x", graph=small)
    change(small, lambda data: data["inputs"]["red"].update(node="red", param="path"))
    with pytest.raises(GraphError, match="no parameter 'path'"):
        _open("--input", "red=x", graph=small)


def test_paths_start_at_the_graph_itself_not_at_a_link_to_it(tmp_path: Path, small: Path) -> None:
    link = tmp_path / "link.json"
    link.symlink_to(small)
    words = ["plan", str(link), "--no-store", "--target", "red", "--out", "elsewhere"]
    arguments = build_parser().parse_args(words)
    made = make_plan(open_graph(arguments), open_store(arguments), arguments)
    assert made.scope == str(small)
    assert made.nodes["red"].tasks.params["file"].parent == small.parent / "data"


def test_a_run_on_its_own_keeps_few_results_in_memory() -> None:
    def limit(*words: str) -> int:
        arguments = build_parser().parse_args(["run", "g", "--no-store", *words])
        return open_store(arguments).memory_limit

    assert limit("--memory", "1M") == 333_333 // 2
    assert limit() == limit("--memory", "1000T") == RESULTS
    assert open_store(build_parser().parse_args(["run", "g", "--no-store"]), 5).memory_limit == 5


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time that ``ui.opening`` sees, as the only item."""
    now = [0.0]
    monkeypatch.setattr("ui.opening.time.monotonic", lambda: now[0])
    return now


def test_reading_is_told_of_when_it_takes_long(
    clock: list[float], capsys: pytest.CaptureFixture[str]
) -> None:
    with reading(quiet=False) as tell:
        for done in range(1, 501):
            clock[0] = done / 20  # 25 seconds
            tell(done, 500)
    assert capsys.readouterr().err.splitlines() == [
        "linearlink: reading files: 40 of 500 …",
        "linearlink: reading files: 240 of 500 …",
        "linearlink: reading files: 440 of 500 …",
    ]
    for quiet, until in ((True, 100), (False, 1.9)):
        clock[0] = 0
        with reading(quiet) as tell:
            clock[0] = until
            tell(1, 2)
        assert capsys.readouterr().err == ""


def test_reading_rewrites_one_line_of_a_terminal(
    clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = _Terminal()
    monkeypatch.setattr("sys.stderr", screen)
    with reading(quiet=False) as tell:
        for now, done in ((2.0, 1), (2.05, 2), (2.11, 3)):
            clock[0] = now
            tell(done, 9)
    shown = screen.getvalue().split("\r")
    assert [line.removesuffix("\x1b[K") for line in shown] == [
        "", "linearlink: reading files: 1 of 9 …", "linearlink: reading files: 3 of 9 …", ""
    ]  # fmt: skip
    assert "\n" not in screen.getvalue()


def test_an_interrupt_while_planning_exits_130_with_a_sentence(
    small: Path, linearlink: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(path: Path, store: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr("graph.inventory.file_digest", interrupt)
    for command in ("run", "plan"):
        done = linearlink(command, small)
        assert (done.code, done.out) == (130, "")
        assert done.mistakes == ["interrupted while planning; nothing was run"]
