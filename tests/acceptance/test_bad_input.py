"""Bad input through the command line: one clear message, the right exit code, no half files."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits

from tests.command_line import SINKS, Command, add_nodes, change, outputs, told, write_graph

RED = "first_light_red.fits"
#: what the other branch writes, and what comes before anything is corrected
OTHER, EARLY = ["other.fits"], ["before_unlinked.png", "other.fits"]
ALL = sorted(SINKS.values())


def _bytes(damage: Callable[[bytes], bytes]) -> Callable[[Path], object]:
    def write(path: Path) -> None:
        path.write_bytes(damage(path.read_bytes()))

    return write


def _pixels(damage: Callable[[Any], Any]) -> Callable[[Path], object]:
    def write(path: Path) -> None:
        data = fits.getdata(path).astype(np.float32) / 65535
        fits.PrimaryHDU(np.asarray(damage(data), np.float32)).writeto(path, overwrite=True)

    return write


def _replace_by_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _replace_by_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


BAD_FILES = {
    "truncated": (_bytes(lambda b: b[: len(b) // 2]), [RED, "cut short", "bytes"]),
    "truncated header": (_bytes(lambda b: b[:1000]), [RED, "cut short", "END"]),
    "empty": (_bytes(lambda b: b""), [RED, "empty", "0 bytes"]),
    "text": (_bytes(lambda b: b"My notes.\n" * 400), [RED, "not a FITS file"]),
    "noise": (_bytes(lambda b: bytes(range(256)) * 40), [RED, "not a FITS file"]),
    "cube of five": (_pixels(lambda a: np.stack([a] * 5)), [RED, "240 × 160 × 5", "three"]),
    "one row": (_pixels(lambda a: a[0]), [RED, "240", "not an image"]),
    "no white level": (_pixels(lambda a: a * 1e5), [RED, "'white'"]),
    "missing": (lambda path: path.unlink(), [RED, "does not exist"]),
    "a folder": (_replace_by_folder, [RED, "not a regular file"]),
    "a pipe": (_replace_by_pipe, [RED, "not a regular file"]),
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_a_file_that_is_no_image(small: Path, linearlink: Command, case: str) -> None:
    damage, words = BAD_FILES[case]
    damage(small.parent / "data" / RED)
    done = linearlink("run", small)
    assert told(done, 1, *words).startswith("red (io.load_image): ")
    assert outputs(small.parent / "output") == OTHER
    assert done.err.splitlines()[-1].startswith("linearlink: blocked by red: combine, ")
    assert ":" not in done.err.splitlines()[-1].partition("red: ")[2]  # visible nodes only


BAD_PIXELS = {
    "all NaN": (lambda a: a * np.nan, ["background", "valid pixel"], EARLY),
    "all infinite": (lambda a: np.full_like(a, np.inf), ["background", "valid pixel"], EARLY),
    "constant": (lambda a: np.full_like(a, 0.25), ["neutralize", "0.25", "limits"], EARLY),
    "negative": (lambda a: -a, ["neutralize", "R minimum -0.", "limits"], EARLY),
    "another size": (lambda a: a[:100], ["combine", "240 × 100", "240 × 160", "crop"], OTHER),
}


@pytest.mark.parametrize("case", BAD_PIXELS)
def test_an_image_without_use(small: Path, linearlink: Command, case: str) -> None:
    damage, words, left = BAD_PIXELS[case]
    _pixels(damage)(small.parent / "data" / RED)
    done = linearlink("run", small)
    assert told(done, 1, *words).startswith(f"{words[0]} (")
    assert outputs(small.parent / "output") == left
    assert "    " in done.err  # the inputs of the node in words


def test_missing_and_infinite_pixels_are_warned_of_and_kept_out(
    small: Path, linearlink: Command
) -> None:
    _pixels(lambda a: np.where(a > 1.2 * a.mean(), np.inf, a))(small.parent / "data" / RED)
    done = linearlink("run", small)
    assert done.code == 0
    assert f"warning: red: {RED}: " in done.err
    assert "infinite pixels are taken as missing" in done.err
    assert "warning: picture: first_light.tif: " in done.err
    again = linearlink("run", small)
    assert "warning: picture: first_light.tif: " in again.err  # told again when it is stored
    assert outputs(small.parent / "output") == ALL
    saved = fits.getdata(small.parent / "output" / "first_light.fits")
    assert np.isnan(saved).any()
    assert not np.isinf(saved).any()


def test_equal_mistakes_of_two_nodes_are_told_for_each(small: Path, linearlink: Command) -> None:
    for name in ("red", "green"):
        (small.parent / "data" / f"first_light_{name}.fits").write_bytes(b"")
    done = linearlink("run", small)
    assert done.code == 1
    assert done.mistakes == [
        f"red (io.load_image): {RED} is empty (0 bytes)",
        "green (io.load_image): the same as red (io.load_image)",
        "other (io.load_image): the same as red (io.load_image)",
    ]


def test_one_bad_frame_of_many(linearlink: Command, small_masters: Path, tmp_path: Path) -> None:
    shutil.copytree(small_masters, tmp_path / "lights")
    (tmp_path / "lights" / "first_light_green.fits").write_bytes(b"")
    graph = write_graph(
        tmp_path / "g.json",
        ["lights.image -> save.image"],
        lights=("io.load_frames", {"files": "lights"}),
        save=("io.save_image", {"file": "out/{index}.fits"}),
    )
    done = linearlink("run", graph)
    told(done, 1, "lights[2] (io.load_frames)", "first_light_green.fits", "empty")
    assert "blocked by lights: save (1 of 3 items)" in done.err
    assert outputs(tmp_path / "out") == ["0001.fits", "0003.fits"]


def test_equal_bad_frames_are_told_by_their_places(
    linearlink: Command, small_masters: Path, tmp_path: Path
) -> None:
    shutil.copytree(small_masters, tmp_path / "lights")
    for name in ("green", "red"):
        (tmp_path / "lights" / f"first_light_{name}.fits").write_bytes(b"")
    graph = write_graph(tmp_path / "g.json", lights=("io.load_frames", {"files": "lights"}))
    done = linearlink("run", graph, "--target", "lights")
    assert done.code == 1
    assert done.mistakes == [
        "lights[2] (io.load_frames): first_light_green.fits is empty (0 bytes)",
        "lights[3] (io.load_frames): first_light_red.fits: the same as lights[2] (io.load_frames)",
    ]


def test_a_mono_image_where_colour_is_due(small: Path, linearlink: Command) -> None:
    links = "combine.image -> background.image", "green.image -> background.image"
    change(small, lambda data: data["links"].__setitem__(data["links"].index(links[0]), links[1]))
    done = linearlink("run", small)
    told(done, 1, "neutralize (color.neutralize_background)", "mono", "RGB")
    assert outputs(small.parent / "output") == EARLY


def test_a_stretched_image_where_linear_is_due(small: Path, linearlink: Command) -> None:
    add_nodes(
        small,
        ["stretch.image -> late.image", "late.image -> late_fits.image"],
        late=("background.polynomial", {}),
        late_fits=("io.save_image", {"file": "output/late.fits"}),
    )
    done = linearlink("run", small)
    told(done, 2, "late.image", "linear", "stretch (stretch.from_screen) made it stretched")
    assert outputs(small.parent / "output") == ALL  # the rest is done


def test_a_stretched_file_where_linear_is_due(small: Path, linearlink: Command) -> None:
    """What only the file says is found when it is read."""
    change(small, lambda data: data["nodes"]["red"]["params"].update(linear="stretched"))
    done = linearlink("run", small)
    assert done.code == 1
    assert "stretched" in done.mistakes[0]
    assert OTHER[0] in outputs(small.parent / "output")


BAD_GRAPHS: dict[str, tuple[Callable[[str], str], list[str]]] = {
    "broken": (lambda text: text.replace('"nodes": {', '"nodes": {,', 1), ["line ", "column "]),
    "cut off": (lambda text: text[: len(text) // 2], ["line ", "column "]),
    "empty": (lambda text: "", ["line 1, column 1"]),
    "of something else": (lambda text: '{"a": 1}', ["not a LinearLink graph"]),
    "NaN": (lambda text: text.replace('"degree": 2', '"degree": NaN'), ["NaN", "line "]),
    "newer": (lambda text: text.replace('"version": 1', '"version": 99', 1), ["99", "1"]),
    "a loop": (
        lambda text: text.replace(
            "combine.image -> background.image", "calibrate.image -> background.image"
        ),
        ["loop: background → neutralize → calibrate → background"],
    ),
    "a link to nowhere": (
        lambda text: text.replace("stretch.image -> picture", "strech.image -> picture"),
        ["strech.image -> picture.image", "did you mean 'stretch'"],
    ),
}


@pytest.mark.parametrize("case", BAD_GRAPHS)
@pytest.mark.parametrize("command", ["run", "plan", "check", "show"])
def test_a_file_that_is_no_graph(small: Path, linearlink: Command, command: str, case: str) -> None:
    damage, words = BAD_GRAPHS[case]
    small.write_text(damage(small.read_text()))
    told(linearlink(command, small), 2, str(small), *words)
    assert outputs(small.parent / "output") == []


def test_broken_json_names_the_very_place(small: Path, linearlink: Command) -> None:
    lines = small.read_text().splitlines()
    lines[6] = lines[6] + " oops"
    small.write_text("\n".join(lines))
    place = f"line 7, column {lines[6].index('oops') + 1}"
    told(linearlink("check", small), 2, place)


@pytest.mark.parametrize("path", ["none.json", ".", "data/first_light_red.fits"])
def test_a_graph_that_cannot_be_read(small: Path, linearlink: Command, path: str) -> None:
    told(linearlink("run", small.parent / path), 2, str(small.parent / path))


BAD_NODES: dict[str, tuple[Callable[[dict[str, Any]], object], list[str]]] = {
    "unknown type": (
        lambda nodes: nodes["picture"].update(type="io.save_imag"),
        ["picture", "'io.save_imag'", "did you mean 'io.save_image'"],
    ),
    "wrong type": (
        lambda nodes: nodes["stretch"]["params"].update(target="bright"),
        ["stretch.target", "number", "'bright'"],
    ),
    "switch for a number": (
        lambda nodes: nodes["stretch"]["params"].update(target=True),
        ["stretch.target", "number", "True"],
    ),
    "out of range": (
        lambda nodes: nodes["stretch"]["params"].update(target=7),
        ["stretch.target", "7", "0"],
    ),
    "unknown choice": (
        lambda nodes: nodes["stretch"]["params"].update(link="lnked"),
        ["stretch.link", "'lnked'", "did you mean 'linked'"],
    ),
    "no such format": (
        lambda nodes: nodes["picture"]["params"].update(file="output/a.docx"),
        ["picture.file", "a.docx", ".fits"],
    ),
    "not set": (
        lambda nodes: nodes["picture"]["params"].pop("file"),
        ["picture.file", "is not set"],
    ),
}


@pytest.mark.parametrize("case", BAD_NODES)
def test_a_wrong_node_blocks_its_branch_alone(small: Path, linearlink: Command, case: str) -> None:
    edit, words = BAD_NODES[case]
    change(small, lambda data: edit(data["nodes"]))
    told(linearlink("run", small), 2, *words)
    assert outputs(small.parent / "output") == [name for name in ALL if name != "first_light.tif"]
    checked = linearlink("check", small)
    assert checked.code == 2
    assert all(word in checked.out for word in words)


def test_check_tells_all_mistakes_at_once(small: Path, linearlink: Command) -> None:
    def spoil(data: dict[str, Any]) -> None:
        data["nodes"]["stretch"]["params"].update(target=7, link="both")
        data["nodes"]["picture"]["type"] = "io.save_imag"
        data["links"].remove("combine.image -> before.image")
        data["links"].append("combine.screen -> before.image")

    change(small, spoil)
    done = linearlink("check", small, "--json")
    assert (done.code, done.err) == (2, "")
    assert len(done.json["errors"]) == 4
    for word in ("target", "link", "io.save_imag", "no output 'screen'"):
        assert sum(word in error for error in done.json["errors"]) == 1
    lines = [line for line in linearlink("check", small).out.splitlines() if "error: " in line]
    assert len(lines) == 4


def test_a_warning_stops_nothing(small: Path, linearlink: Command) -> None:
    change(small, lambda data: data["nodes"]["stretch"]["params"].update(tarqet=0.2))
    done = linearlink("run", small)
    assert done.code == 0
    assert "warning: stretch.tarqet: unknown parameter" in done.err
    assert "did you mean 'target'" in done.err


def test_debug_shows_the_trace(small: Path, linearlink: Command) -> None:
    (small.parent / "data" / RED).write_bytes(b"")
    assert "Traceback" in linearlink("run", small, "--debug").err
    assert "Traceback" in linearlink("--debug", "run", small).err
    assert "Traceback" in linearlink("run", small.parent / "none.json", "--debug").err


def test_json_tells_the_failure_too(small: Path, linearlink: Command) -> None:
    (small.parent / "data" / RED).write_bytes(b"")
    done = linearlink("run", small, "--json")
    failed = [event for event in done.lines if event["event"] == "failed"]
    assert [event["node"] for event in failed] == ["red"]
    assert failed[0]["error"] == "InputError"
    assert RED in failed[0]["message"]
    assert done.summary["status"] == "failed"
    assert done.summary["failed"] == ["red"]
    assert "combine" in done.summary["blocked"]
    assert json.dumps(done.summary["outputs"]["other_fits"]) in done.out
