"""Settings from files, and where the values of a run come from, through the command line."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from graph.registry import Registry
from nodes import background
from tests.command_line import Command, change, outputs, told


def _write(path: Path, **sections: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"format": "linearlink-settings", "version": 1, **sections}))
    return path


def test_c11_later_settings_win_and_the_plan_shows_whence(
    small: Path, linearlink: Command, tmp_path: Path
) -> None:
    night = _write(tmp_path / "night.json", set={"background.degree": 1, "background.box": 15})
    mine = _write(tmp_path / "mine.json", set={"background.degree": 3})

    def explain(*words: object) -> list[str]:
        done = linearlink("plan", small, "--explain", "background", *words)
        assert done.code == 0
        return [line.strip() for line in done.out.splitlines()]

    lines = explain("--settings", night, "--settings", mine)
    assert "degree = 3 (mine.json)" in lines
    assert "box = 15 (night.json)" in lines
    assert "rounds = 5 (graph)" in lines
    assert "degree = 1 (night.json)" in explain("--settings", mine, "--settings", night)
    both = ("--settings", night, "--set", "background.degree=2")
    assert "degree = 2 (command line)" in explain(*both)
    assert "degree = 1 (night.json)" in explain(*both[2:], *both[:2])
    change(small, lambda data: data["nodes"]["background"]["params"].pop("degree"))
    assert "degree = 4 (default)" in explain()

    told_in_json = linearlink("plan", small, *both, "--json").json["origins"]["background"]
    assert told_in_json["degree"] == "command line"
    assert told_in_json["box"] == "night.json"
    dry = linearlink("run", small, *both, "--dry-run", "--json").json
    assert dry["origins"]["background"] == told_in_json


def test_c11_a_run_uses_what_the_files_say(
    small: Path, linearlink: Command, tmp_path: Path
) -> None:
    folder = tmp_path / "masters"
    shutil.copytree(small.parent / "data", folder)
    settings = _write(
        folder / "night.json",
        set={"background.degree": 1},
        input={name: f"first_light_{name}.fits" for name in ("red", "green", "blue")},
    )
    shutil.rmtree(small.parent / "data")
    words = ["--settings", settings, "--target", "background", "--json"]
    assert linearlink("run", small, *words).code == 0
    planned = linearlink("plan", small, *words).json["nodes"]
    assert planned["background"]["state"] == "cached"
    by_hand = [f"{name}={folder / f'first_light_{name}.fits'}" for name in ("red", "green", "blue")]
    words = [word for text in by_hand for word in ("--input", text)]
    other = linearlink(
        "plan", small, *words, "--set", "background.degree=1", "--target", "background", "--json"
    )
    assert other.json["nodes"]["background"]["key"] == planned["background"]["key"]


def test_c11_a_mistake_in_a_file_exits_2_and_names_it(
    small: Path, linearlink: Command, tmp_path: Path
) -> None:
    night = _write(tmp_path / "night.json", set={"backround.degree": 1})
    for command in ("run", "plan", "check", "show"):
        done = linearlink(command, small, "--settings", night)
        told(done, 2, "night.json", "'backround'", "did you mean 'background'")
    assert outputs(small.parent / "output") == []


def test_z04_a_file_that_leads_out_exits_3(
    small: Path, linearlink: Command, tmp_path: Path
) -> None:
    folder = tmp_path / "elsewhere"
    shutil.copytree(small.parent / "data", folder)
    night = _write(
        tmp_path / "in" / "night.json", input={"red": "../elsewhere/first_light_red.fits"}
    )
    words = ["--settings", night, "--target", "red", "--quiet"]
    told(linearlink("run", small, *words), 3, "red.file", "night.json", "--yes")
    assert linearlink("run", small, *words, "--yes").code == 0


def test_c05_explain_says_which_version(
    small: Path, linearlink: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    linearlink("run", small, "--quiet")
    registry = Registry()
    registry.add_module(background)
    spec = registry.get("background.polynomial")
    assert spec
    before = spec.version
    object.__setattr__(spec, "version", before + 1)
    try:
        done = linearlink("plan", small, "--explain", "background")
        after = linearlink("plan", small, "--explain", "neutralize")
    finally:
        object.__setattr__(spec, "version", before)
    assert done.out.splitlines()[0].endswith(f": run: version {before} → {before + 1}")
    assert after.out.splitlines()[0].endswith(": run: input image changed")


def test_c05_explain_says_which_file_came_and_went(
    small: Path, linearlink: Command, tmp_path: Path
) -> None:
    words = ["--target", "red", "--explain", "red"]
    linearlink("run", small, "--target", "red", "--quiet")
    other = small.parent / "data" / "other.fits"
    shutil.copyfile(small.parent / "data" / "first_light_blue.fits", other)
    done = linearlink("plan", small, *words, "--set", f"red.file={other}")
    (line,) = [line for line in done.out.splitlines() if line.startswith("red (")]
    assert "file first_light_red.fits removed" in line
    assert "file other.fits added" in line
    assert "    file (command line)" in done.out.splitlines()


@pytest.mark.parametrize("name", ["../{index}.tif", "{index}/../../x.tif", "/tmp/{index}.tif"])
def test_z06_an_output_template_that_leads_out_is_refused(
    small: Path, linearlink: Command, name: str
) -> None:
    change(small, lambda data: data["nodes"]["picture"]["params"].update(file=name))
    told(linearlink("run", small), 3, "picture.file", name, "--yes")
    assert outputs(small.parent / "output") == []


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (" " * ((16 << 20) + 1), "16 MiB"),
        ("[" * 200_000 + "]" * 200_000, "nested deeper than 50"),
        ('{"nodes": {' + ",".join(f'"n{i}": 0' for i in range(1_000_001)) + "}}", "1,000,000"),
    ],
    ids=["large", "deep", "a million nodes"],
)
def test_z05_files_beyond_the_limits_exit_2(
    linearlink: Command, tmp_path: Path, text: str, word: str
) -> None:
    path = tmp_path / "g.json"
    path.write_text(text)
    for command in ("run", "plan", "check"):
        told(linearlink(command, path), 2, str(path), word)


def test_bypass_mute_and_keep_of_the_command_line(small: Path, linearlink: Command) -> None:
    plain = linearlink("plan", small, "--json").json["nodes"]
    words = ["--bypass", "background", "--mute", "summary", "--keep", "combine=never"]
    other = linearlink("plan", small, *words, "--json").json["nodes"]
    assert other["combine"]["key"] == plain["combine"]["key"]
    assert other["neutralize"]["key"] != plain["neutralize"]["key"]
    assert other.get("summary", {"state": "skipped"})["state"] != "run"
    assert linearlink("run", small, *words, "--quiet").code == 0
    entries = linearlink("store", "list", "--json").json
    types = {entry["type"] for entry in entries}
    assert "color.neutralize_background" in types
    assert "background.polynomial" not in types
    assert "channels.combine" not in types
    told(linearlink("run", small, "--bypass", "backround"), 2, "did you mean 'background'")
