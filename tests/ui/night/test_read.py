"""A folder as it lies on a disk: what is read, what is left out and why."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits

from graph.errors import GraphError
from nodes.formats import xisf
from nodes.values import Header, Image
from ui.night.read import Night, read_night


def write(path: Path, seed: int = 0, **cards: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    data = np.random.default_rng([seed, *path.name.encode()]).integers(0, 999, (30, 40), np.uint16)
    fits.writeto(path, data, fits.Header({k.replace("_", "-"): v for k, v in cards.items()}))
    return path


def left(night: Night) -> dict[str, str]:
    return {one.path.name: one.why for one in night.left_out}


def names(night: Night) -> list[str]:
    return [frame.path.name for frame in night.frames]


def test_folders_in_folders_in_natural_order(tmp_path: Path) -> None:
    for name in ("lights/L_10.fits", "lights/L_9.fits", "darks/deep/d.fits", ".hidden/x.fits"):
        write(tmp_path / name)
    write(tmp_path / "lights" / ".half_written.fits")
    seen: list[tuple[int, int]] = []
    night = read_night([tmp_path], progress=lambda done, total: seen.append((done, total)))
    assert names(night) == ["d.fits", "L_9.fits", "L_10.fits"]
    assert [frame.type for frame in night.frames] == ["dark", "light", "light"]
    assert seen == [(1, 3), (2, 3), (3, 3)]
    assert night.left_out == []
    both = read_night([tmp_path / "lights", tmp_path])  # nothing is read twice
    assert sorted(names(both)) == sorted(names(night))
    assert both.left_out == []
    assert names(read_night([tmp_path / "lights" / "L_9.fits"])) == ["L_9.fits"]


def test_what_cannot_be_used_is_told(tmp_path: Path) -> None:
    good = write(tmp_path / "good.fits", IMAGETYP="Light Frame")
    whole = good.read_bytes()
    for name, content in {
        "cut.fits": whole[:-2880],
        "head.fits": whole[:200],
        "empty.fit": b"",
        "words.fits": b"these are words",
        "preview.jpg": b"\xff\xd8\xff",
        "shot.png": b"",
    }.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "notes.txt").write_text("seeing was bad", encoding="utf-8")
    (tmp_path / "log.txt").write_text("", encoding="utf-8")
    (tmp_path / "gone.fits").symlink_to(tmp_path / "nowhere.fits")
    (tmp_path / "registered").mkdir()
    (tmp_path / "registered" / "r_1.fits").write_bytes(whole)
    write(tmp_path / "stack.fits", IMAGETYP="Light Frame", STACKCNT=20)
    write(tmp_path / "what.fits", FILTER="L")
    night = read_night([tmp_path])
    assert names(night) == ["good.fits"]
    found = left(night)
    assert "cut short" in found["cut.fits"]
    assert "no END" in found["head.fits"]
    assert found["empty.fit"] == "is empty (0 bytes)"
    assert "not a FITS file" in found["words.fits"]
    assert "JPG picture" in found["preview.jpg"]
    assert "PNG picture" in found["shot.png"]
    assert "does not exist" in found["gone.fits"]
    assert "another program" in found["r_1.fits"]
    assert "stack of lights" in found["stack.fits"]
    assert "neither IMAGETYP nor a name" in found["what.fits"]
    assert night.notes == ["2 files are no images (endings: 2 .txt)"]


def test_a_cut_xisf_is_told(tmp_path: Path) -> None:
    path = tmp_path / "lights" / "a.xisf"
    path.parent.mkdir()
    xisf.write(path, Image(np.zeros((50, 60), np.float32), header=Header((("FILTER", "L", ""),))))
    assert names(read_night([tmp_path])) == ["a.xisf"]
    path.write_bytes(path.read_bytes()[:-10])
    assert "cut short" in left(read_night([tmp_path]))["a.xisf"]


def test_copies_count_once(tmp_path: Path) -> None:
    when = "2024-03-14T22:00:00"
    first = write(tmp_path / "a" / "L_1.fits", IMAGETYP="LIGHT", DATE_OBS=when, EXPTIME=60.0)
    copy = tmp_path / "b" / "backup.fits"
    copy.parent.mkdir()
    copy.write_bytes(first.read_bytes())
    os.truncate(write(tmp_path / "c.fits", IMAGETYP="DARK"), 8640)  # same size, other content
    cards = (("IMAGETYP", "LIGHT", ""), ("DATE-OBS", when, ""))
    xisf.write(tmp_path / "a" / "L_1.xisf", Image(np.zeros((3, 4)), header=Header(cards)))
    night = read_night([tmp_path])
    assert names(night) == ["L_1.fits", "c.fits"]
    assert left(night) == {
        "backup.fits": "has the same content as L_1.fits",
        "L_1.xisf": "is L_1.fits in another format: same name, type and DATE-OBS",
    }


def test_lights_of_one_moment_are_told_and_kept(tmp_path: Path) -> None:
    for number in (1, 2):
        write(tmp_path / f"L_{number}.fits", number, IMAGETYP="LIGHT", EXPTIME=60.0,
              DATE_OBS="2024-03-14T22:00:00")  # fmt: skip
        write(tmp_path / f"b_{number}.fits", number, IMAGETYP="BIAS",
              DATE_OBS="2024-03-14T22:00:00")  # fmt: skip
    night = read_night([tmp_path])
    assert len(night.frames) == 4
    assert night.notes == [
        "2 lights have the same DATE-OBS 2024-03-14T22:00:00: L_1.fits, L_2.fits"
    ]


def test_files_that_nothing_names_are_lights_where_there_are_no_others(tmp_path: Path) -> None:
    write(tmp_path / "a.fits")
    write(tmp_path / "flats" / "b.fits")
    night = read_night([tmp_path])
    assert {frame.path.name: frame.type for frame in night.frames} == {
        "a.fits": "light", "b.fits": "flat",
    }  # fmt: skip
    assert "a.fits: they are taken as lights" in night.notes[0]


def test_folders_can_be_passed_over(tmp_path: Path) -> None:
    write(tmp_path / "lights" / "a.fits")
    write(tmp_path / "masters" / "dark.fits")
    assert names(read_night([tmp_path], without=[tmp_path / "masters"])) == ["a.fits"]


def test_links_that_lead_back_end(tmp_path: Path) -> None:
    write(tmp_path / "lights" / "a.fits")
    (tmp_path / "lights" / "again").symlink_to(tmp_path)
    other = write(tmp_path.with_name(tmp_path.name + "_disk") / "lights" / "b.fits")
    (tmp_path / "more lights").symlink_to(other.parent)
    assert sorted(names(read_night([tmp_path]))) == ["a.fits", "b.fits"]


def test_keywords_come_from_headers_and_names(tmp_path: Path) -> None:
    write(tmp_path / "NIGHT_2" / "lights" / "a.fits", SESSION="x")
    frame = read_night([tmp_path], keywords=("SESSION", "NIGHT", "PANEL")).frames[0]
    assert frame.keys == ("x", "2", None)
    assert frame.guessed["NIGHT"] == "NIGHT_2"


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(GraphError, match="does not exist"):
        read_night([tmp_path / "none"])
    assert read_night([tmp_path]).frames == []


def test_headers_of_real_programs(real_data: Path) -> None:
    """MaxIm DL of four versions, AstroFX, and Seestar."""
    night = read_night([real_data / "frame_headers", real_data / "gpl" / "osc_ngc7023"])
    found = {frame.path.name: frame for frame in night.frames}
    assert len(found) == 20
    assert night.left_out == []
    kinds = {"bias": "bias", "dark": "dark", "maxim": "light", "uint": "light", "Light": "light",
             "aspen": "flat", "celestron": "light", "flattest": "bias"}  # fmt: skip
    for name, frame in found.items():
        assert frame.type == next(kind for start, kind in kinds.items() if name.startswith(start))
        assert "type" not in frame.guessed
    seestar = found["Light_NGC_7023_10.0s_IRCUT_20240730-224436.fit"]
    assert (seestar.filter, seestar.exposure, seestar.gain) == ("IRCUT", 10, 80)
    assert (seestar.cfa, seestar.camera) == ("GRBG", "Seestar S50")
    maxim = found["maximdl_5_23_header.fit"]
    assert (maxim.filter, maxim.exposure, maxim.binning) == ("B", 90, 1)
    assert maxim.temperature == pytest.approx(-40, abs=0.1)
