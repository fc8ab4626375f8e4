"""Camera raw files, made here as DNG: pixels as stored, facts, damage, and a LibRaw that dies."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from graph.errors import InputError
from nodes.formats import files, raw
from nodes.formats.facts import read_facts

PATTERNS = {"RGGB": (0, 1, 1, 2), "BGGR": (2, 1, 1, 0), "GRBG": (1, 0, 2, 1), "GBRG": (1, 2, 0, 1)}


@pytest.fixture
def no_idle(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[raw._Worker]]:
    """Workers of this test only, ended with it."""
    idle: list[raw._Worker] = []
    monkeypatch.setattr(raw, "_idle", idle)
    yield idle
    for worker in idle:
        worker.end()


def make_dng(path: Path, pattern: str = "RGGB", size: tuple[int, int] = (41, 62)) -> np.ndarray:
    """A DNG of one plane; its numbers."""
    stored = np.random.default_rng(1).integers(100, 4000, size, dtype=np.uint16)
    unit = [1, 1, 0, 1, 0, 1, 0, 1, 1, 1, 0, 1, 0, 1, 0, 1, 1, 1]
    tags: list[Any] = [
        (271, "s", 0, "Test", True),
        (272, "s", 0, "Test Camera", True),
        (33421, "H", 2, (2, 2), True),
        (33422, "B", 4, PATTERNS[pattern], True),
        (33434, "2I", 1, (240, 2), True),
        (50706, "B", 4, (1, 4, 0, 0), True),
        (50708, "s", 0, "Test Camera", True),
        (50714, "H", 1, 64, True),
        (50717, "H", 1, 4095, True),
        (50721, "2i", 9, unit, True),
        (50778, "H", 1, 21, True),
    ]
    tifffile.imwrite(path, stored, photometric=32803, extratags=tags, metadata=None)
    return stored


@pytest.mark.parametrize("pattern", PATTERNS)
def test_the_mosaic_is_as_the_sensor_gave_it(tmp_path: Path, pattern: str) -> None:
    pytest.importorskip("rawpy")
    stored = make_dng(tmp_path / "a.dng", pattern)
    image = files.read(tmp_path / "a.dng")
    assert image.cfa == pattern
    assert image.white == 4095
    assert image.linear
    np.testing.assert_allclose(image.data[0], stored / np.float32(4095), rtol=1e-6)
    assert image.header.get("EXPTIME") == 120
    assert image.header.get("INSTRUME") == "Test Camera"
    assert image.header.get("BLACKLVL") == 64
    facts = read_facts(tmp_path / "a.dng")
    assert (facts["width"], facts["height"], facts["channels"]) == (62, 41, 1)
    assert facts["nbytes"] == image.data.nbytes
    assert facts["BAYERPAT"] == pattern
    assert "DATE-OBS" not in facts  # the file tells none


def test_white_and_order_can_be_forced(tmp_path: Path) -> None:
    pytest.importorskip("rawpy")
    stored = make_dng(tmp_path / "a.dng")
    image = files.read(tmp_path / "a.dng", white=1000.0, row_order="bottom-up", linear="stretched")
    np.testing.assert_allclose(image.data[0], stored[::-1] / np.float32(1000), rtol=1e-6)
    assert image.cfa == "RGGB"  # of an odd number of rows
    assert not image.linear
    with pytest.raises(InputError, match="no number 1"):
        files.read(tmp_path / "a.dng", hdu=1)


@pytest.mark.parametrize("content", [b"", b"II*\0" + bytes(100), b"words" * 100])
def test_damaged_files_are_told(tmp_path: Path, content: bytes) -> None:
    pytest.importorskip("rawpy")
    path = tmp_path / "a.CR2"
    path.write_bytes(content)
    for read in (files.read, read_facts):
        with pytest.raises(InputError, match=r"a\.CR2 cannot be read by LibRaw: [A-Z]"):
            read(path)


def test_a_missing_package_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_dng(tmp_path / "a.dng")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"pip install 'linearlink\[raw\]'"):
        files.read(tmp_path / "a.dng")


SCRIPT = """
import json, os, sys, time
for line in sys.stdin:
    path = json.loads(line)["path"]
    if "crash" in path: os.abort()
    if "hang" in path: time.sleep(60)
    width = 9 if "short" in path else 2
    facts = {"width": width, "height": 2, "cfa": "", "white": 100, "black": [0]}
    if "x-trans" in path: facts["cfa"] = "RGBG"
    if "huge" in path: facts["width"] = 1 << 20
    sys.stdout.buffer.write(json.dumps(facts).encode() + b"\\n" + bytes([1, 0] * 4))
    sys.stdout.flush()
    if "short" in path: sys.exit()
"""


def test_a_worker_that_dies_costs_one_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_idle: list[raw._Worker]
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: True)
    monkeypatch.setattr(raw, "SCRIPT", tmp_path / "worker.py")
    (tmp_path / "worker.py").write_text(SCRIPT, encoding="utf-8")
    names = ("good", "crash", "short", "x-trans", "huge", "hang")
    paths = {name: tmp_path / f"{name}.dng" for name in names}
    for path in paths.values():
        path.write_bytes(bytes(8))
    ended: list[int | None] = []
    end = raw._Worker.end

    def count(worker: raw._Worker) -> None:
        end(worker)
        ended.append(worker.process.returncode)

    monkeypatch.setattr(raw._Worker, "end", count)
    assert files.read(paths["good"]).data.tolist() == [[[np.float32(0.01)] * 2] * 2]
    first = no_idle[0]
    assert files.read(paths["good"]).cfa is None
    assert no_idle == [first]  # used again
    for name in ("crash", "short"):
        with pytest.raises(InputError, match=rf"{name}.dng is damaged: LibRaw crashed or hung"):
            files.read(paths[name])
        assert no_idle == []
        assert files.read(paths["good"]).height == 2
    with pytest.raises(InputError, match="only Bayer"):
        files.read(paths["x-trans"])
    with pytest.raises(InputError, match="damaged: 1048576"):
        read_facts(paths["huge"])
    monkeypatch.setattr(raw, "PATIENCE", 0.3)
    with pytest.raises(InputError, match="hung"):
        files.read(paths["hang"])
    assert len(ended) == 3
    assert None not in ended  # nothing of them is left


def test_a_file_of_a_camera(real_data: Path) -> None:
    rawpy = pytest.importorskip("rawpy")
    path = real_data / "gpl" / "dslr_raw" / "IMG_5952.CR2"
    image = files.read(path)
    with rawpy.imread(str(path)) as truth:
        np.testing.assert_allclose(image.data[0] * 4095, truth.raw_image_visible, atol=0.01)
    assert (image.cfa, image.white) == ("RGGB", 4095)
    told = {key: value for key, value, _ in image.header}
    assert told["INSTRUME"] == "Canon EOS 30D"
    assert (told["EXPTIME"], told["GAIN"]) == (0.0025, 640)
    assert told["DATE-OBS"] == "2009-07-21T13:03:20"
    facts = read_facts(path)
    assert {**told, "BAYERPAT": "RGGB"}.items() <= facts.items()
    assert (facts["channels"], facts["height"], facts["width"]) == image.data.shape


def test_files_made_to_harm(real_data: Path) -> None:
    """Files by which other raw readers crashed: each is refused in a sentence."""
    pytest.importorskip("rawpy")
    found = sorted((real_data / "gpl" / "malformed_raw").iterdir())
    assert len(found) > 10
    for path in found:
        for read in (files.read, read_facts):
            with pytest.raises(InputError, match=rf"^{path.name} "):
                read(path)
