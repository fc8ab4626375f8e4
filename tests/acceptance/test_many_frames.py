"""Folders of frames as people have them: odd names, bad files, many mistakes of one kind."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from tests.command_line import Command, change, outputs, write_graph


def write_frame(path: Path, seed: int = 0, size: int = 16) -> None:
    """A dark frame of noise, of one filter or the other."""
    rng = np.random.default_rng(seed)
    hdu = fits.PrimaryHDU(rng.integers(1000, 4000, (size, size)).astype(np.uint16))
    hdu.header["FILTER"] = ("Ha", "OIII")[seed % 2]
    hdu.writeto(path)


@pytest.fixture
def night(tmp_path: Path) -> Path:
    """A graph that averages the frames of the folder ``lights`` and saves each; six frames."""
    (tmp_path / "lights").mkdir()
    for seed in range(6):
        write_frame(tmp_path / "lights" / f"light_{seed + 1}.fits", seed)
    return write_graph(
        tmp_path / "night.graph.json",
        [
            "lights.image -> approve.image",
            "approve.image -> average.frames",
            "average.image -> save.image",
            "approve.image -> each.image",
        ],
        lights=("io.load_frames", {"files": "lights"}),
        approve=("frames.approve", {"formula": "median < 0.5"}),
        average=("integrate.average", {}),
        save=("io.save_image", {"file": "out/average.fits", "overwrite": True}),
        each=("io.save_image", {"file": "out/each_{index}.fits", "overwrite": True}),
    )


@pytest.mark.skipif(sys.platform == "win32", reason="links and pipes as POSIX has them")
def test_links_that_lead_nowhere_are_frames_that_fail(night: Path, linearlink: Command) -> None:
    lights = night.parent / "lights"
    (lights / "broken.fits").symlink_to("gone")
    (lights / "itself.fits").symlink_to("itself.fits")
    (lights / "again").symlink_to(".")
    (lights / "folder.fits").mkdir()
    os.mkfifo(lights / "pipe.fits")
    (lights / ".hidden.fits").write_bytes(b"")
    for files in ("lights", "lights/*.fits"):
        done = linearlink("run", night, "--set", f"lights.files={night.parent / files}")
        assert done.code == 1
        assert len(done.mistakes) == 2
        assert "lights[1] (io.load_frames)" in done.mistakes[0]
        assert "broken.fits does not exist" in done.mistakes[0]
        assert "itself.fits" in done.mistakes[1]
        assert "average: 2 of its frames could not be made" in done.err
    assert len(outputs(night.parent / "out")) == 7


@pytest.mark.skipif(sys.platform == "win32", reason="pipes as POSIX has them")
def test_a_pipe_is_no_file_of_frames(night: Path, linearlink: Command) -> None:
    os.mkfifo(night.parent / "pipe.fits")
    done = linearlink("run", night, "--set", f"lights.files={night.parent / 'pipe.fits'}")
    assert done.code == 2
    assert "pipe.fits is neither a regular file nor a folder" in done.mistakes[0]


@pytest.mark.skipif(sys.platform != "linux", reason="names as Linux allows them")
def test_names_that_are_no_line_of_text(night: Path, linearlink: Command) -> None:
    lights = night.parent / "lights"
    (lights / "a\nb\x1b[31m.fits").write_bytes(b"")
    write_frame(Path(os.fsdecode(bytes(lights) + b"/good \xff.fits")), 7)
    for turn in (1, 2):
        done = linearlink("run", night)
        assert done.code == 1
        name = r"a\nb\x1b[31m.fits"
        assert done.mistakes == [f"lights[1] (io.load_frames): {name} is empty (0 bytes)"], turn
    assert len(outputs(night.parent / "out")) == 8
    assert all("\x1b" not in line for line in linearlink("plan", night).out.splitlines())


def test_equal_bad_frames_are_told_by_name_in_groups(night: Path, linearlink: Command) -> None:
    for name in ("light_3.fits", "light_5.fits"):
        (night.parent / "lights" / name).write_bytes(b"")
    change(night, lambda data: data["nodes"]["lights"]["params"].update(group_by=["FILTER"]))
    change(night, lambda data: data["nodes"]["save"]["params"].update(file="out/{index}.fits"))
    done = linearlink("run", night)
    assert done.mistakes == [
        "lights[3.1] (io.load_frames): light_3.fits is empty (0 bytes)",
        "lights[3.2] (io.load_frames): light_5.fits: the same as lights[3.1] (io.load_frames)",
    ]
    assert "blocked by lights: approve (2 of 6 items), average (1 of 3 items)" in done.err
    assert outputs(night.parent / "out")[:2] == ["0001.fits", "0002.fits"]


def test_of_many_failures_some_are_told(night: Path, linearlink: Command) -> None:
    for seed in range(6, 13):
        write_frame(night.parent / "lights" / f"light_{seed + 1}.fits", seed)
    done = linearlink("run", night, "--set", "approve.formula=-1", "--json")
    assert done.code == 1
    assert done.mistakes[-1] == (
        "approve (frames.approve): 3 more items failed; --json tells of each"
    )
    assert len(done.mistakes) == 11
    failed = [event for event in done.lines if event["event"] == "failed"]
    assert sorted(event["item"][0] for event in failed) == list(range(13))


def test_of_many_files_that_changed_the_number_is_told(night: Path, linearlink: Command) -> None:
    assert linearlink("run", night).code == 0
    for seed in range(1, 6):
        (night.parent / "lights" / f"light_{seed + 1}.fits").unlink()
    write_frame(night.parent / "lights" / "new.fits", 9)
    reasons = linearlink("plan", night, "--json").json["nodes"]["lights"]["reasons"]
    assert reasons[:2] == ["5 files removed", "file new.fits added"]


@pytest.mark.parametrize(
    "keywords", ['["filter"]', '["FILTER", "filter", " Filter"]', '["", "FILTER"]']
)
def test_keywords_as_people_write_them(night: Path, linearlink: Command, keywords: str) -> None:
    done = linearlink("plan", night, "--set", f"lights.group_by={keywords}")
    assert "Ha 3, OIII 3" in done.out
    assert "say no" not in done.err


def test_a_keyword_that_no_frame_has(night: Path, linearlink: Command) -> None:
    done = linearlink("run", night, "--set", 'lights.group_by=["NOBODY"]')
    assert done.code == 0
    assert "6 of 6 files say no NOBODY in their header; they stand apart" in done.err


def test_no_keyword_is_no_group(night: Path, linearlink: Command) -> None:
    assert linearlink("run", night).code == 0
    done = linearlink("run", night, "--set", 'lights.group_by=[""]', "--json")
    assert (done.code, done.summary["executed"], done.err) == (0, [], "")


def test_frames_of_two_sizes(night: Path, linearlink: Command) -> None:
    write_frame(night.parent / "lights" / "zoom.fits", 9, size=24)
    done = linearlink("run", night)
    assert done.code == 1
    assert "average (integrate.average): frame 7 is mono 24 × 24 px" in done.mistakes[0]
    assert "frame 1 is mono 16 × 16 px" in done.mistakes[0]
    assert "each_0007.fits" in outputs(night.parent / "out")


def test_a_run_of_nothing_says_why(night: Path, linearlink: Command) -> None:
    done = linearlink("run", night, "--mute", "lights")
    assert done.code == 0
    assert "nothing to run; lights: muted; approve: needs lights, which is muted" in done.out
    assert outputs(night.parent / "out") == []
    assert "nothing to run" not in linearlink("run", night, "--mute", "each").out


def test_very_little_memory_is_told_and_changes_nothing(night: Path, linearlink: Command) -> None:
    assert linearlink("run", night).code == 0
    whole = (night.parent / "out" / "average.fits").read_bytes()
    (night.parent / "out" / "average.fits").unlink()
    done = linearlink("run", night, "--memory", "1K", "--no-store")
    assert done.code == 0
    assert "of memory at once" in done.err
    assert (night.parent / "out" / "average.fits").read_bytes() == whole


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("lights.group_by=FILTER,EXPTIME", 'needs a list such as ["FILTER", "EXPTIME"], not'),
        ("approve.formula=", "approve.formula: the formula is empty"),
        ("approve.formula=medan < 1", "column 1: unknown name 'medan'"),
        ("lights.files=none", "no file or folder"),
        ("lights.files=[]", "there are no frames to average"),
    ],
)
def test_settings_over_many_frames(
    night: Path, linearlink: Command, setting: str, words: str
) -> None:
    done = linearlink("run", night, "--set", setting)
    assert words in done.mistakes[0]
    assert outputs(night.parent / "out") == []


def test_json_ends_in_a_summary_whatever_is_wrong(night: Path, linearlink: Command) -> None:
    wrong = linearlink("run", night, "--set", "nobody.x=1", "--json")
    assert (wrong.code, wrong.summary["status"]) == (2, "invalid")
    assert "no node 'nobody'" in wrong.summary["problems"][0]
    change(night, lambda data: data["nodes"]["lights"]["params"].update(files="../lights"))
    refused = linearlink("run", night, "--json")
    assert (refused.code, refused.summary["status"]) == (3, "refused")
