"""The nodes that read and write files."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from astropy.io import fits
from PIL import Image as Pillow

from graph.context import Context
from graph.errors import InputError
from graph.spec import Each, InputFile
from nodes import io
from nodes.formats import memory
from nodes.values import Header, Image, Screen, Stretch, Table, Wcs
from tests.nodes.recording import Recorder

CARDS = (("OBJECT", "M 31", ""), ("EXPTIME", 300.0, "s"))
SKY = (("CTYPE1", "RA---TAN", ""), ("CTYPE2", "DEC--TAN", ""), ("CRPIX1", 2.5, ""),
       ("CRPIX2", 4.5, ""), ("CRVAL1", 10.0, ""), ("CRVAL2", 41.0, ""), ("CD1_1", -3e-4, ""),
       ("CD2_2", 3e-4, ""))  # fmt: skip


@pytest.fixture
def image() -> Image:
    data = np.random.default_rng(0).random((3, 20, 30), np.float32)
    return Image(data, header=Header(CARDS), wcs=Wcs(SKY))


@pytest.mark.parametrize("suffix", [".fits", ".fit", ".xisf", ".tif", ".tiff", ".FITS"])
def test_floats_keep_everything(tmp_path: Path, image: Image, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    io.save_image(image, file=path)
    again = io.load_image(file=path)
    np.testing.assert_array_equal(again.data, image.data)
    assert (again.header, again.wcs, again.linear) == (image.header, image.wcs, True)


@pytest.mark.parametrize("bits", ["8", "16"])
@pytest.mark.parametrize("suffix", [".fits", ".xisf", ".tif", ".png"])
def test_integers(tmp_path: Path, image: Image, suffix: str, bits: str) -> None:
    path = tmp_path / f"a{suffix}"
    io.save_image(image, file=path, bits=bits)  # type: ignore[arg-type]
    again = io.load_image(file=path)
    top = 2 ** int(bits) - 1
    assert again.white == top
    np.testing.assert_array_equal(again.data, (np.round(image.data * np.float64(top)) / top)
                                  .astype(np.float32))  # fmt: skip


def test_auto_bits(tmp_path: Path, image: Image) -> None:
    for suffix, white in ((".fits", 1), (".xisf", 1), (".tif", 1), (".png", 65535), (".jpg", 255)):
        io.save_image(image, file=tmp_path / f"a{suffix}")
        assert io.load_image(file=tmp_path / f"a{suffix}").white == white


@pytest.mark.parametrize(("suffix", "bits"), [(".png", "32"), (".jpg", "16"), (".jpg", "32")])
def test_bits_a_format_lacks(tmp_path: Path, image: Image, suffix: str, bits: Any) -> None:
    with pytest.raises(InputError, match=f"does not hold {bits} bits; choose"):
        io.save_image(image, file=tmp_path / f"a{suffix}", bits=bits)
    assert list(tmp_path.iterdir()) == []


def test_linear_pictures_are_warned_of(tmp_path: Path, image: Image) -> None:
    cases: list[tuple[str, dict[str, Any], bool]] = [
        ("a.jpg", {}, True),
        ("a.png", {"bits": "8"}, True),
        ("b.png", {}, False),
        ("a.tif", {"bits": "8"}, False),
    ]
    for name, settings, warned in cases:
        recorder = Recorder()
        io.save_image(image, file=tmp_path / name, ctx=recorder, **settings)
        assert any("will look black" in w for w in recorder.warnings) == warned
    recorder = Recorder()
    io.save_image(image.replace(linear=False), file=tmp_path / "c.jpg", ctx=recorder)
    assert recorder.warnings == []


def test_quality(tmp_path: Path, image: Image) -> None:
    sizes = []
    for quality in (10, 92, 100):
        io.save_image(image, file=tmp_path / f"{quality}.jpg", quality=quality)
        sizes.append((tmp_path / f"{quality}.jpg").stat().st_size)
    assert sizes == sorted(set(sizes))


def test_nothing_is_replaced_unasked(tmp_path: Path, image: Image) -> None:
    screen = Screen(np.zeros((2, 2, 1), np.uint8), Stretch())
    for name, save in (
        ("a.fits", lambda f, **k: io.save_image(image, file=f, **k)),
        ("a.png", lambda f, **k: io.save_screen(screen, file=f, **k)),
        ("a.txt", lambda f, **k: io.save_text("text", file=f, **k)),
        ("a.csv", lambda f, **k: io.save_table(Table(("a",), ()), file=f, **k)),
    ):
        (tmp_path / name).write_text("mine")
        with pytest.raises(InputError, match="exists; switch on 'overwrite'"):
            save(tmp_path / name)
        assert (tmp_path / name).read_text() == "mine"
        save(tmp_path / name, overwrite=True)
        assert (tmp_path / name).read_bytes() != b"mine"


def test_a_folder_that_is_missing(tmp_path: Path, image: Image) -> None:
    for name in ("a.fits", "a.xisf", "a.tif", "a.png", "a.jpg"):
        with pytest.raises(InputError, match="cannot be written"):
            io.save_image(image, file=tmp_path / "none" / name)


def test_nothing_half_written_is_left(
    tmp_path: Path, image: Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full(Context):
        def progress(self, fraction: float, text: str = "") -> None:
            if text == "writing":
                raise OSError(28, "No space left on device")

    for name in ("a.fits", "a.png"):
        with pytest.raises(InputError, match="No space left"):
            io.save_image(image, file=tmp_path / name, ctx=Full())
    assert list(tmp_path.iterdir()) == []


def test_unknown_suffix(tmp_path: Path, image: Image) -> None:
    for name in ("a.bmp", "a"):
        with pytest.raises(InputError, match=r"use \.fits"):
            io.save_image(image, file=tmp_path / name)
    screen = Screen(np.zeros((2, 2, 1), np.uint8), Stretch())
    with pytest.raises(InputError, match=r"\.png or \.jpg"):
        io.save_screen(screen, file=tmp_path / "a.fits")


def test_content_decides_before_the_suffix(tmp_path: Path, image: Image) -> None:
    for suffix in (".fits", ".xisf", ".tif", ".png", ".jpg"):
        io.save_image(image, file=tmp_path / f"a{suffix}")
        wrong = tmp_path / f"a{suffix}.fits"
        wrong.write_bytes((tmp_path / f"a{suffix}").read_bytes())
        named = tmp_path / "without"
        named.write_bytes(wrong.read_bytes())
        truth = io.load_image(file=tmp_path / f"a{suffix}").data
        np.testing.assert_array_equal(io.load_image(file=wrong).data, truth)
        np.testing.assert_array_equal(io.load_image(file=named).data, truth)


@pytest.mark.parametrize("suffix", [".fits", ".xisf", ".tif", ".png", ".jpg", ".fz", ".gz", ""])
@pytest.mark.parametrize("content", [b"", b"x", b"just a text\n" * 300, bytes(4000)])
def test_what_is_no_image(tmp_path: Path, suffix: str, content: bytes) -> None:
    path = tmp_path / f"name{suffix}"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        io.load_image(file=path)
    assert path.name in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.fits does not exist"):
        io.load_image(file=tmp_path / "none.fits")
    with pytest.raises(InputError, match="is a folder"):
        io.load_image(file=tmp_path)


def test_options_reach_every_format(tmp_path: Path) -> None:
    stored = np.float32([[0, 5], [10, 20]])
    fits.writeto(tmp_path / "a.fits", stored)
    tifffile.imwrite(tmp_path / "a.tif", stored)
    for name in ("a.fits", "a.tif"):
        found = io.load_image(
            file=tmp_path / name, white=20.0, row_order="bottom-up", linear="stretched", hdu=0
        )
        np.testing.assert_array_equal(found.data[0], stored[::-1] / 20)
        assert (found.linear, found.white) == (False, 20)
    Pillow.fromarray(np.uint8([[1]])).save(tmp_path / "a.png")
    with pytest.raises(InputError, match="holds one image"):
        io.load_image(file=tmp_path / "a.png", hdu=1)


def test_frames_are_read_one_by_one(tmp_path: Path, image: Image) -> None:
    io.save_image(image, file=tmp_path / "a.fits")
    np.testing.assert_array_equal(io.load_frames(files=tmp_path / "a.fits").data, image.data)
    parameter = io.load_frames.spec.params["files"]  # type: ignore[attr-defined]
    assert parameter.each
    assert isinstance(parameter.file, InputFile)
    assert Each() == Each()


def test_declarations() -> None:
    specs = {f.spec.id: f.spec for f in vars(io).values() if hasattr(f, "spec")}
    assert set(specs) == {"io.load_image", "io.load_frames", "io.save_image", "io.save_screen",
                          "io.save_text", "io.save_table"}  # fmt: skip
    for name, spec in specs.items():
        assert spec.writes == name.startswith("io.save")
        assert spec.keep == ("memory" if name.startswith("io.load") else "auto")
        assert all(parameter.help for parameter in spec.params.values()), name
        assert spec.summary.endswith(".")


def test_screen(tmp_path: Path) -> None:
    for channels in (1, 3):
        pixels = np.random.default_rng(0).integers(0, 256, (20, 30, channels)).astype(np.uint8)
        screen = Screen(pixels, Stretch())
        io.save_screen(screen, file=tmp_path / f"{channels}.png")
        found = np.asarray(Pillow.open(tmp_path / f"{channels}.png"))
        np.testing.assert_array_equal(found.reshape(pixels.shape), pixels)
        io.save_screen(screen, file=tmp_path / f"{channels}.jpg", quality=100)
        found = np.asarray(Pillow.open(tmp_path / f"{channels}.jpg")).reshape(pixels.shape)
        assert np.abs(found.astype(int) - pixels).mean() < 2


def test_text(tmp_path: Path) -> None:
    io.save_text("Größe\n5", file=tmp_path / "a.txt")
    assert (tmp_path / "a.txt").read_bytes() == "Größe\n5\n".encode()
    io.save_text("a\n", file=tmp_path / "a.txt", overwrite=True)
    assert (tmp_path / "a.txt").read_bytes() == b"a\n"


def test_table(tmp_path: Path) -> None:
    table = Table(("file", "fwhm"), (("a, b", 0.1), ('"x"', 1e-17), ("é", None)))
    io.save_table(table, file=tmp_path / "a.csv")
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream))
    assert rows[0] == ["file", "fwhm"]
    assert [row[0] for row in rows[1:]] == ["a, b", '"x"', "é"]
    assert [float(row[1]) for row in rows[1:3]] == [0.1, 1e-17]
    assert rows[3][1] == ""


def test_listing_the_nodes_imports_nothing_heavy() -> None:
    code = (
        "import sys, nodes.io; heavy = {'numba', 'scipy', 'astropy', 'PIL', 'tifffile'}; "
        "sys.exit(str(heavy & set(sys.modules)) if heavy & set(sys.modules) else 0)"
    )
    folder = Path(io.__file__).parents[1]
    assert subprocess.run([sys.executable, "-c", code], cwd=folder, check=False).returncode == 0


def test_memory_is_used_again_but_never_shared(tmp_path: Path) -> None:
    shape = (1, 1500, 2000)
    first = memory.empty(shape)
    place = first.ctypes.data
    second = memory.empty(shape)
    assert second.ctypes.data != place
    kept = Image(first).data[0, 5:]  # a view keeps the whole block
    del first
    third = memory.empty(shape)
    assert third.ctypes.data != place
    del kept
    assert memory.empty(shape).ctypes.data == place


def test_two_loads_do_not_touch_one_another(tmp_path: Path) -> None:
    loaded = []
    for index in range(4):
        data = np.full((1600, 1600), index / 10, np.float32)
        fits.writeto(tmp_path / f"{index}.fits", data)
        loaded.append(io.load_image(file=tmp_path / f"{index}.fits"))
    for index, found in enumerate(loaded):
        assert (found.data == np.float32(index / 10)).all()
