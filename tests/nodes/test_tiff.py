"""TIFF against tifffile."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from graph.errors import InputError
from nodes.formats.tiff import write
from nodes.values import Header, Image, Wcs
from tests.nodes.recording import Recorder, load


def values(shape: tuple[int, ...], kind: str) -> tuple[np.ndarray, float]:
    unit = np.random.default_rng(0).random(shape)
    top = 1.0 if kind.startswith("f") else float(np.iinfo(kind).max)
    return (unit * top).astype(kind), top


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kind", ["u1", "u2", "u4", "f2", "f4", "f8"])
@pytest.mark.parametrize("planes", [1, 3])
def test_samples(tmp_path: Path, kind: str, planes: int, order: str) -> None:
    stored, top = values((6, 5, 3) if planes == 3 else (6, 5), kind)
    photometric = "rgb" if planes == 3 else "minisblack"
    tifffile.imwrite(tmp_path / "a.tif", stored, photometric=photometric, byteorder=order)
    image, said = load(tmp_path / "a.tif")
    truth = stored.transpose(2, 0, 1) if planes == 3 else stored[None]
    np.testing.assert_array_equal(image.data, (truth / top).astype(np.float32))
    assert (image.white, image.linear, said) == (top, True, [])


@pytest.mark.parametrize("settings", [
    {"planarconfig": "separate"}, {"compression": "zlib"}, {"rowsperstrip": 2},
    {"compression": "zlib", "predictor": True}, {"tile": (16, 16)}, {"bigtiff": True},
])  # fmt: skip
def test_layouts(tmp_path: Path, settings: dict[str, Any]) -> None:
    stored, _ = values((3, 40, 50), "u2")
    laid = stored if "planarconfig" in settings else stored.transpose(1, 2, 0)
    tifffile.imwrite(tmp_path / "a.tif", laid, photometric="rgb", **settings)
    image, _ = load(tmp_path / "a.tif")
    np.testing.assert_array_equal(image.data, (stored / 65535).astype(np.float32))


@pytest.mark.parametrize("samples", [2, 4])
def test_alpha_is_left_out_and_said(tmp_path: Path, samples: int) -> None:
    stored, _ = values((6, 5, samples), "u2")
    photometric = "rgb" if samples == 4 else "minisblack"
    tifffile.imwrite(
        tmp_path / "a.tif", stored, photometric=photometric, extrasamples=["unassalpha"],
        planarconfig="contig",
    )  # fmt: skip
    image, said = load(tmp_path / "a.tif")
    truth = (stored[..., : samples - 1].transpose(2, 0, 1) / 65535).astype(np.float32)
    np.testing.assert_array_equal(image.data, truth)
    assert "alpha" in said[0]


def test_white_is_zero(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", np.uint8([[0, 255, 51]]), photometric="miniswhite")
    np.testing.assert_allclose(load(tmp_path / "a.tif")[0].data[0, 0], [1, 0, 0.8], atol=1e-6)


def test_signed_and_big_floats(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", np.int16([[-5, 100]]))
    with pytest.raises(InputError, match="'signed'"):
        load(tmp_path / "a.tif")
    np.testing.assert_allclose(
        load(tmp_path / "a.tif", signed=True)[0].data[0, 0] * 65535, [-5, 100], rtol=1e-6
    )
    tifffile.imwrite(tmp_path / "b.tif", np.float32([[0, 4000]]))
    with pytest.raises(InputError, match=r"b\.tif holds values up to 4000"):
        load(tmp_path / "b.tif")
    assert load(tmp_path / "b.tif", white=4000.0)[0].data.max() == 1


def test_infinite_is_missing(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", np.float32([[0.5, np.inf, np.nan]]))
    image, said = load(tmp_path / "a.tif")
    np.testing.assert_array_equal(image.data[0, 0], np.float32([0.5, np.nan, np.nan]))
    assert "1 infinite" in said[0]


@pytest.mark.parametrize(("tag", "upright"), [
    (1, lambda a: a), (2, np.fliplr), (3, lambda a: np.rot90(a, 2)), (4, np.flipud),
    (5, np.transpose), (6, lambda a: np.rot90(a, -1)), (7, lambda a: np.rot90(a, 2).T),
    (8, np.rot90),
])  # fmt: skip
def test_orientation(tmp_path: Path, tag: int, upright: Any) -> None:
    stored = np.arange(6, dtype=np.uint8).reshape(2, 3)
    tifffile.imwrite(tmp_path / "a.tif", stored, extratags=[(274, 3, 1, tag, True)])
    image, _ = load(tmp_path / "a.tif")
    np.testing.assert_array_equal(np.round(image.data[0] * 255), upright(stored))


def test_pages(tmp_path: Path) -> None:
    stored, _ = values((2, 6, 5), "f4")
    with tifffile.TiffWriter(tmp_path / "a.tif") as writer:
        for page in stored:
            writer.write(page, contiguous=False, metadata=None)
    image, said = load(tmp_path / "a.tif")
    np.testing.assert_array_equal(image.data[0], stored[0])
    assert "first of 2 pages" in said[0]
    np.testing.assert_array_equal(load(tmp_path / "a.tif", hdu=1)[0].data[0], stored[1])
    with pytest.raises(InputError, match=r"a\.tif: there is no page 2"):
        load(tmp_path / "a.tif", hdu=2)


def test_missing_package_is_named(tmp_path: Path) -> None:
    pytest.importorskip("PIL")
    from PIL import Image as Pillow

    grey = Pillow.fromarray(np.arange(256, dtype=np.uint8).reshape(16, 16))
    grey.save(tmp_path / "a.tif", compression="tiff_lzw")
    try:
        import imagecodecs  # noqa: F401
    except ImportError:
        with pytest.raises(InputError, match=r"LZW.*imagecodecs.*pip install linearlink\[tiff\]"):
            load(tmp_path / "a.tif")
    else:
        assert load(tmp_path / "a.tif")[0].data.max() == 1


def test_palette_and_other_colours_are_refused(tmp_path: Path) -> None:
    stored = np.zeros((4, 4), np.uint8)
    colours = np.zeros((3, 256), np.uint16)
    tifffile.imwrite(tmp_path / "a.tif", stored, photometric="palette", colormap=colours)
    with pytest.raises(InputError, match="grey and RGB"):
        load(tmp_path / "a.tif")


@pytest.mark.parametrize("cut", [3, 7, 8, 100, 200, 400, 5000])
def test_cut_files(tmp_path: Path, cut: int) -> None:
    stored, _ = values((50, 60), "u2")
    tifffile.imwrite(tmp_path / "a.tif", stored)
    content = (tmp_path / "a.tif").read_bytes()
    (tmp_path / "b.tif").write_bytes(content[:cut])
    with pytest.raises(InputError, match=r"b\.tif"):
        load(tmp_path / "b.tif")


def test_huge_claim_is_refused(tmp_path: Path) -> None:
    for name, settings in (("a", {}), ("b", {"compression": "zlib"})):
        path = tmp_path / f"{name}.tif"
        tifffile.imwrite(path, np.zeros((20, 20), np.float32), **settings)
        with tifffile.TiffFile(path, mode="r+b") as file:
            for tag in ("ImageWidth", "ImageLength"):
                file.pages[0].tags[tag].overwrite(60_000)
        with pytest.raises(InputError, match=f"{name}.tif"):
            load(path)


@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 7, 5), (3, 1, 1), (3, 40, 31)])
def test_floats_come_back_bit_for_bit(tmp_path: Path, shape: tuple[int, ...]) -> None:
    data = np.random.default_rng(0).normal(0, 3, shape).astype(np.float32)
    data.reshape(-1)[-1] = np.nan
    cards = (("OBJECT", "M 31", "name"), ("EXPTIME", 300.5, "s"), ("HISTORY", "one", ""))
    wcs = Wcs((("CTYPE1", "RA---TAN", ""), ("CTYPE2", "DEC--TAN", ""), ("CRPIX1", 2.5, "")))
    image = Image(data, header=Header(cards), wcs=wcs, linear=False, color_calibrated=True)
    write(tmp_path / "a.tif", image)
    np.testing.assert_array_equal(
        np.squeeze(tifffile.imread(tmp_path / "a.tif")), np.squeeze(data.transpose(1, 2, 0))
    )
    again, said = load(tmp_path / "a.tif")
    assert said == [] or shape == (1, 1, 1)  # there not one pixel is valid
    np.testing.assert_array_equal(again.data.view("u4"), data.view("u4"))
    assert (again.header, again.wcs) == (image.header, image.wcs)
    assert (again.linear, again.color_calibrated) == (False, True)
    write(tmp_path / "b.tif", image)
    assert (tmp_path / "a.tif").read_bytes() == (tmp_path / "b.tif").read_bytes()


def test_16_bit_codes_come_back(tmp_path: Path) -> None:
    codes = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    write(tmp_path / "a.tif", Image(codes / 65535), bits=16)
    np.testing.assert_array_equal(tifffile.imread(tmp_path / "a.tif"), codes)
    recorder = Recorder()
    write(tmp_path / "b.tif", Image(np.array([[np.nan, 2.0]])), bits=8, ctx=recorder)
    np.testing.assert_array_equal(tifffile.imread(tmp_path / "b.tif").ravel(), [0, 255])
    assert len(recorder.warnings) == 2
