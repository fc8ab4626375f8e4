"""Facts of image files: as the reader finds them, without the pixels, and plain errors."""

from __future__ import annotations

import bz2
import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from astropy.io import fits
from PIL import Image as Pillow

from graph.errors import InputError
from graph.values import nbytes
from nodes.formats import facts as module
from nodes.formats import files, xisf
from nodes.formats.facts import read_facts
from nodes.values import Header, Image


def integers(*shape: int) -> np.ndarray:
    return np.random.default_rng(2).integers(0, 60000, shape, dtype=np.uint16)


def make_fits(path: Path, data: np.ndarray, **cards: Any) -> Path:
    fits.PrimaryHDU(data, fits.Header(cards)).writeto(path)
    return path


def check_size(path: Path) -> dict[str, Any]:
    """The facts, after a look whether they fit the image that is read."""
    facts, image = read_facts(path), files.read(path)
    assert (facts["channels"], facts["height"], facts["width"]) == image.data.shape
    assert facts["nbytes"] == image.data.nbytes <= nbytes(image)
    return facts


@pytest.mark.parametrize("shape", [(7, 5), (1, 7, 5), (3, 7, 5), (1, 3, 7, 5), (7, 5, 3), (7, 3)])
def test_fits_of_all_shapes(tmp_path: Path, shape: tuple[int, ...]) -> None:
    check_size(make_fits(tmp_path / "a.fits", integers(*shape)))


def test_fits_keywords_have_their_types(tmp_path: Path) -> None:
    path = make_fits(
        tmp_path / "a.fits", integers(4, 6), FILTER="Ha 3nm", EXPTIME=300.5, GAIN=100, COOLED=True
    )
    with fits.open(path, "update") as hdus:
        hdus[0].header["lower"] = "x"
        hdus[0].header.append(("EXPTIME", 1.0), end=True)
        hdus[0].header["NOTHING"] = None
        hdus[0].header["HISTORY"] = "told"
    facts = read_facts(path)
    assert facts["FILTER"] == "Ha 3nm"
    assert facts["EXPTIME"] == 300.5  # of duplicates the first
    assert facts["GAIN"] == 100
    assert facts["COOLED"] is True
    assert facts["LOWER"] == "x"
    assert not {"NOTHING", "HISTORY", "COMMENT", ""} & set(facts)
    assert all(isinstance(value, int | float | str) for value in facts.values())


def test_fits_extension_goes_before_the_primary_header(tmp_path: Path) -> None:
    path = tmp_path / "a.fits"
    fits.HDUList(
        [
            fits.PrimaryHDU(header=fits.Header({"FILTER": "R", "SITE": "hill"})),
            fits.BinTableHDU.from_columns([fits.Column("x", "D", array=np.arange(9000.0))]),
            fits.ImageHDU(integers(4, 6), fits.Header({"FILTER": "B"})),
        ]
    ).writeto(path)
    facts = check_size(path)
    assert (facts["FILTER"], facts["SITE"], facts["NAXIS"]) == ("B", "hill", 2)


def test_tile_compressed_fits_tells_the_size_of_the_picture(tmp_path: Path) -> None:
    path = tmp_path / "a.fits.fz"
    header = fits.Header({"FILTER": "L"})
    fits.HDUList([fits.PrimaryHDU(), fits.CompImageHDU(integers(40, 60), header)]).writeto(path)
    assert check_size(path)["FILTER"] == "L"


@pytest.mark.parametrize(("ending", "pack"), [("gz", gzip.compress), ("bz2", bz2.compress)])
def test_packed_fits(tmp_path: Path, ending: str, pack: Any) -> None:
    plain = make_fits(tmp_path / "a.fits", integers(300, 400), FILTER="L")
    path = tmp_path / f"a.fits.{ending}"
    path.write_bytes(pack(plain.read_bytes()))
    assert check_size(path) == read_facts(plain)


def test_header_longer_than_what_is_read_first(tmp_path: Path) -> None:
    cards = {f"KEY{i}": i for i in range(1000)}
    path = make_fits(tmp_path / "a.fits", integers(4, 6), **cards)
    facts = check_size(path)
    assert facts["KEY999"] == 999
    packed = tmp_path / "a.fits.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert read_facts(packed) == facts


def test_pixels_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_fits(tmp_path / "a.fits", np.zeros((2000, 3000), np.uint16), FILTER="L")
    whole = read_facts(path)
    with path.open("r+b") as file:
        file.truncate(2 * module._BEGIN)
    monkeypatch.setattr(module, "open_bytes", None)  # the begin is enough
    assert read_facts(path) == whole
    with pytest.raises(InputError, match="cut short"):
        files.read(path)


@pytest.mark.parametrize("channels", [1, 3])
def test_xisf(tmp_path: Path, channels: int) -> None:
    path = tmp_path / "a.xisf"
    data = np.random.default_rng(1).random((channels, 5, 8), np.float32)
    header = Header((("FILTER", "O'III", ""), ("EXPTIME", 60.0, "s"), ("GAIN", 7, "")))
    xisf.write(path, Image(data, header=header))
    facts = check_size(path)
    assert (facts["FILTER"], facts["EXPTIME"], facts["GAIN"]) == ("O'III", 60.0, 7)


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
@pytest.mark.parametrize("shape", [(5, 8), (5, 8, 3)])
def test_tiff(tmp_path: Path, shape: tuple[int, ...], orientation: int) -> None:
    path = tmp_path / "a.tif"
    tag = (274, "H", 1, orientation, True)
    kind = "rgb" if len(shape) == 3 else "minisblack"
    tifffile.imwrite(path, integers(*shape), photometric=kind, extratags=[tag], metadata=None)
    check_size(path)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_png(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "a.png"
    Pillow.new(mode, (8, 5), 1 if mode in ("1", "L", "P", "I;16") else None).save(path)
    check_size(path)


@pytest.mark.parametrize("orientation", [1, 3, 6])
@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_jpeg(tmp_path: Path, mode: str, orientation: int) -> None:
    path = tmp_path / "a.jpg"
    exif = Pillow.Exif()
    exif[0x0112] = orientation
    Pillow.new(mode, (8, 5)).save(path, exif=exif)
    check_size(path)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.fits", b""),
        ("a.fits", b"SIMPLE  =                    T" + b" " * 5000),
        ("a.fits.gz", gzip.compress(b"SIMPLE  = ", mtime=0)),
        ("a.fits.gz", gzip.compress(bytes(5000), mtime=0)[:40]),
        ("a.fits.Z", b"\x1f\x9d" + bytes(100)),
        ("a.fits.bz2", b"BZh9" + bytes(100)),
        ("a.xisf", b"XISF0100" + bytes(3)),
        ("a.xisf", b"XISF0100\x10\0\0\0\0\0\0\0<xisf></xisf>   "),
        ("a.tif", b"II*\0" + bytes(20)),
        ("a.png", b"\x89PNG\r\n\x1a\n" + bytes(30)),
        ("a.jpg", b"\xff\xd8\xff\xe0" + bytes(30)),
        ("a.txt", b"words"),
    ],
)
def test_damaged_files_are_refused_by_name(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"a\."):
        read_facts(path)


def test_no_picture_and_no_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        read_facts(tmp_path / "none.fits")
    for shape in ((5,), (2, 7, 5), (4, 3, 7, 5)):
        path = make_fits(tmp_path / f"{len(shape)}{shape[0]}.fits", integers(*shape))
        with pytest.raises(InputError, match="one or three planes"):
            read_facts(path)


def test_readers_hand_the_facts_to_the_plan(tmp_path: Path) -> None:
    from graph.spec import InputFile, spec_of
    from nodes import io

    path = make_fits(tmp_path / "a.fits", integers(4, 6), FILTER="L")
    for function, name in ((io.load_image, "file"), (io.load_frames, "files")):
        file = spec_of(function).params[name].file
        assert isinstance(file, InputFile)
        assert file.header
        assert file.header(path) == read_facts(path)
