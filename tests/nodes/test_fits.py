"""FITS numbers, shapes and HDUs against astropy, reading and writing."""

from __future__ import annotations

import bz2
import gzip
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.errors import InputError
from nodes.formats.fits import write
from nodes.values import Header, Image
from tests.nodes.recording import Recorder, load


def raw_file(path: Path, stored: np.ndarray, **cards: Any) -> Path:
    """A file of exactly these stored numbers."""
    hdu = fits.PrimaryHDU(stored)
    for key, value in cards.items():
        hdu.header[key] = value
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        hdu.writeto(path, output_verify="ignore")
    with fits.open(path, mode="update", do_not_scale_image_data=True, checksum=False) as hdus:
        for key in ("BZERO", "BSCALE", "BLANK"):
            if key in cards:
                hdus[0].header[key] = cards[key]
    return path


# --- numbers -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "white"), [("u1", 255), ("u2", 65535), ("u4", 2**32 - 1)])
def test_unsigned_integers_are_divided_by_full_scale(tmp_path: Path, kind: str, white: int) -> None:
    values = np.linspace(0, white, 35).astype(kind).reshape(5, 7)
    fits.writeto(tmp_path / "a.fits", values)
    image, said = load(tmp_path / "a.fits")
    np.testing.assert_array_equal(image.data[0], (values / white).astype(np.float32))
    assert (image.white, image.linear, image.cfa, said) == (white, True, None, [])


def test_every_16_bit_code_is_exact_and_comes_back(tmp_path: Path) -> None:
    codes = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    fits.writeto(tmp_path / "a.fits", codes)
    image, _ = load(tmp_path / "a.fits")
    np.testing.assert_array_equal(image.data[0], codes.astype(np.float32) / np.float32(65535))
    write(tmp_path / "b.fits", image, bits=16)
    np.testing.assert_array_equal(fits.getdata(tmp_path / "b.fits"), codes)
    assert fits.getheader(tmp_path / "b.fits")["BITPIX"] == 16


@pytest.mark.parametrize(
    ("kind", "zero", "white"),
    [("i2", 0, 65535), ("i4", 0, 2**32 - 1), ("i8", 0, 2**64 - 1), ("u1", -128, 255)],
)
def test_signed_integers(tmp_path: Path, kind: str, zero: int, white: float) -> None:
    stored = np.array([[-zero, 1 - zero, 100 - zero]]).astype(kind)
    cards = {"BZERO": zero} if zero else {}
    image, _ = load(raw_file(tmp_path / "a.fits", stored, **cards))
    np.testing.assert_allclose(image.data[0, 0], np.array([0, 1, 100]) / white, rtol=1e-7)
    stored = np.array([[-zero, -5 - zero]]).astype(kind)
    raw_file(tmp_path / "b.fits", stored, **cards)
    with pytest.raises(
        InputError, match=r"b\.fits holds negative numbers \(down to -5\).*'signed'"
    ):
        load(tmp_path / "b.fits")
    image, _ = load(tmp_path / "b.fits", signed=True)
    np.testing.assert_allclose(image.data[0, 0], np.array([0, -5]) / white, rtol=1e-7)


def test_64_bit_integers_keep_small_numbers_apart(tmp_path: Path) -> None:
    raw_file(tmp_path / "a.fits", np.array([[3, 2**53 + 2]], ">i8"))
    image, _ = load(tmp_path / "a.fits", white=1.0)
    np.testing.assert_array_equal(image.data[0, 0], np.float32([3, 2**53 + 2]))
    fits.writeto(tmp_path / "u.fits", np.array([[0, 2**64 - 1]], np.uint64))
    np.testing.assert_array_equal(load(tmp_path / "u.fits")[0].data[0, 0], np.float32([0, 1]))


@pytest.mark.parametrize("kind", ["f4", "f8"])
def test_floats_up_to_1_stay(tmp_path: Path, kind: str) -> None:
    values = np.array([[-0.25, 0.0, -0.0, 0.1, 1.0, np.nan, 1e-42]], kind)
    fits.writeto(tmp_path / "a.fits", values)
    image, said = load(tmp_path / "a.fits")
    assert image.data[0].tobytes() == values.astype(np.float32).tobytes() or kind == "f8"
    np.testing.assert_array_equal(image.data[0], values.astype(np.float32))
    assert image.white == 1
    assert said == []


@pytest.mark.parametrize("kind", ["f4", "f8"])
def test_floats_above_1_need_a_white(tmp_path: Path, kind: str) -> None:
    values = np.array([[0, 1000, 40000, np.nan]], kind)
    fits.writeto(tmp_path / "a.fits", values)
    with pytest.raises(InputError, match=r"a\.fits holds values up to 40000.*65535"):
        load(tmp_path / "a.fits")
    image, _ = load(tmp_path / "a.fits", white=50000.0)
    np.testing.assert_array_equal(image.data[0], (values / 50000).astype(np.float32))
    assert image.white == 50000
    fits.writeto(tmp_path / "b.fits", values, fits.Header({"DATAMAX": 65535}))
    image, _ = load(tmp_path / "b.fits")
    np.testing.assert_array_equal(image.data[0], (values / 65535).astype(np.float32))
    assert image.white == 65535
    image, _ = load(tmp_path / "b.fits", white=80000.0)  # what the user says counts most
    assert image.white == 80000


@pytest.mark.parametrize("datamax", [0, -1, "many", "inf"])
def test_useless_datamax_is_no_white(tmp_path: Path, datamax: Any) -> None:
    fits.writeto(tmp_path / "a.fits", np.float32([[5]]), fits.Header({"DATAMAX": datamax}))
    with pytest.raises(InputError, match="'white'"):
        load(tmp_path / "a.fits")


@pytest.mark.parametrize("kind", ["f4", "f8"])
def test_infinities_become_missing_and_are_counted(tmp_path: Path, kind: str) -> None:
    values = np.array([[0.5, np.inf, -np.inf, np.nan]], kind)
    fits.writeto(tmp_path / "a.fits", values)
    image, said = load(tmp_path / "a.fits")
    np.testing.assert_array_equal(image.data[0], np.float32([[0.5, np.nan, np.nan, np.nan]]))
    assert said == ["a.fits: 2 infinite pixels are taken as missing"]
    fits.writeto(tmp_path / "b.fits", np.full((3, 4), np.nan, kind))
    image, said = load(tmp_path / "b.fits")
    assert np.isnan(image.data).all()
    assert "not one pixel" in said[0]


def test_too_big_for_float32_is_missing(tmp_path: Path) -> None:
    fits.writeto(tmp_path / "a.fits", np.array([[0.5, 1e300]]))
    image, said = load(tmp_path / "a.fits", white=1.0)
    np.testing.assert_array_equal(image.data[0], np.float32([[0.5, np.nan]]))
    assert "1 infinite" in said[0]


def test_scaled_integers_are_physical_values(tmp_path: Path) -> None:
    stored = np.array([[-32768, 0, 100]], ">i2")
    raw_file(tmp_path / "a.fits", stored, BSCALE=0.01, BZERO=273.15, BLANK=-32768)
    with pytest.raises(InputError, match=r"274\.15"):
        load(tmp_path / "a.fits")
    image, _ = load(tmp_path / "a.fits", white=1000.0)
    np.testing.assert_allclose(image.data[0, 0], [np.nan, 0.27315, 0.27415], rtol=1e-6)
    raw_file(tmp_path / "b.fits", stored, BSCALE=1 / 65536, BZERO=0.5)
    image, _ = load(tmp_path / "b.fits")  # 0 … 1 as it is
    np.testing.assert_allclose(image.data[0, 0], [0, 0.5, 0.5 + 100 / 65536], rtol=1e-6)


def test_blank_is_missing_in_unsigned_integers_too(tmp_path: Path) -> None:
    stored = np.array([[-32768, 7, 32767]], ">i2")
    raw_file(tmp_path / "a.fits", stored, BSCALE=1, BZERO=32768, BLANK=7)
    image, _ = load(tmp_path / "a.fits")
    np.testing.assert_array_equal(image.data[0, 0], np.float32([0, np.nan, 1]))


def test_white_may_be_set_for_integers(tmp_path: Path) -> None:
    fits.writeto(tmp_path / "a.fits", np.uint16([[0, 4095]]))
    image, _ = load(tmp_path / "a.fits", white=4095.0)
    np.testing.assert_array_equal(image.data[0, 0], np.float32([0, 1]))


KINDS = st.sampled_from(["u1", "i2", "i4", "i8", "f4", "f8"])


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    kind=KINDS,
    shape=st.tuples(st.sampled_from([1, 3]), st.integers(1, 9), st.integers(1, 9)),
    scale=st.sampled_from([1.0, 1.0, 0.5, -2.0, 0.001]),
    zero=st.sampled_from([0.0, 0.0, 32768.0, 128.0, 1.25, 2147483648.0]),
    seed=st.integers(0, 1000),
)
def test_physical_values_are_those_of_astropy(
    tmp_path: Path, kind: str, shape: tuple[int, ...], scale: float, zero: float, seed: int
) -> None:
    path = tmp_path / f"{seed}.fits"
    path.unlink(missing_ok=True)
    rng = np.random.default_rng(seed)
    if kind.startswith("f"):
        stored = rng.normal(0, 100, shape).astype(kind)
    else:
        limits = np.iinfo(kind)
        stored = rng.integers(limits.min, limits.max, shape, dtype=kind, endpoint=True)
    cards = {"BSCALE": scale, "BZERO": zero} if (scale, zero) != (1, 0) else {}
    raw_file(path, stored if shape[0] == 3 else stored[0], **cards)
    image, _ = load(path, white=7.0, signed=True)
    truth = (zero + scale * stored.astype(np.longdouble)) / 7
    assert image.data.shape == shape
    size = float(np.abs(truth).max())
    np.testing.assert_allclose(image.data, truth.astype(np.float64), rtol=2e-7, atol=size * 1e-12)


# --- shapes and HDUs ---------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(1, 1), (5000, 1), (1, 5000), (3, 1, 1), (3, 4, 5)])
def test_shapes(tmp_path: Path, shape: tuple[int, ...]) -> None:
    values = np.random.default_rng(0).random(shape, np.float32)
    fits.writeto(tmp_path / "a.fits", values)
    image, _ = load(tmp_path / "a.fits")
    np.testing.assert_array_equal(image.data, values if len(shape) == 3 else values[None])


@pytest.mark.parametrize("shape", [(1, 4, 5), (1, 1, 4, 5), (1, 3, 4, 5), (3, 1, 4, 5)])
def test_axes_of_length_1_do_not_count(tmp_path: Path, shape: tuple[int, ...]) -> None:
    values = np.random.default_rng(0).random(shape, np.float32)
    fits.writeto(tmp_path / "a.fits", values)
    image, _ = load(tmp_path / "a.fits")
    np.testing.assert_array_equal(image.data, values.reshape(-1, 4, 5))


def test_interleaved_colours(tmp_path: Path) -> None:
    values = np.random.default_rng(0).random((6, 8, 3), np.float32)
    fits.writeto(tmp_path / "a.fits", values)
    image, said = load(tmp_path / "a.fits")
    np.testing.assert_array_equal(image.data, values.transpose(2, 0, 1))
    assert "NAXIS1" in said[0]


@pytest.mark.parametrize("shape", [(5, 4, 6), (2, 3, 4, 6), (7,)])
def test_other_cubes_are_refused(tmp_path: Path, shape: tuple[int, ...]) -> None:
    fits.writeto(tmp_path / "a.fits", np.zeros(shape, np.float32))
    with pytest.raises(InputError, match=r"a\.fits (is a cube|holds a single row)"):
        load(tmp_path / "a.fits")


def test_choice_of_hdu(tmp_path: Path) -> None:
    first, second = np.float32([[0.25]]), np.float32([[0.5, 0.75]])
    table = fits.BinTableHDU.from_columns([fits.Column("a", "J", array=[1, 2])])
    hdus = [fits.PrimaryHDU(), table, fits.ImageHDU(first, name="SCI"), fits.ImageHDU(second)]
    hdus[0].header["FILTER"] = "Ha"
    hdus[0].header["OBJECT"] = "M 31"
    hdus[2].header["INHERIT"] = True
    hdus[2].header["OBJECT"] = "M 33"
    fits.HDUList(hdus).writeto(tmp_path / "a.fits")
    image, _ = load(tmp_path / "a.fits")
    np.testing.assert_array_equal(image.data[0], first)
    assert image.header.get("FILTER") == "Ha"
    assert image.header.get("OBJECT") == "M 33"
    image, _ = load(tmp_path / "a.fits", hdu=3)
    np.testing.assert_array_equal(image.data[0], second)
    assert image.header.get("FILTER") is None
    with pytest.raises(InputError, match="no HDU 4; there is 0 primary"):
        load(tmp_path / "a.fits", hdu=4)
    with pytest.raises(InputError, match=r"HDU 1 of a\.fits holds no image"):
        load(tmp_path / "a.fits", hdu=1)


@pytest.mark.parametrize("codec", ["RICE_1", "GZIP_1", "GZIP_2", "PLIO_1", "HCOMPRESS_1"])
def test_tile_compression(tmp_path: Path, codec: str) -> None:
    values = np.random.default_rng(0).integers(0, 4000, (40, 50), dtype=np.uint16)
    header = fits.Header({"FILTER": "L", "CRPIX1": 3.5, "CTYPE1": "RA---TAN", "CTYPE2": "DEC--TAN"})
    kind = np.int32 if codec == "PLIO_1" else np.uint16
    fits.CompImageHDU(values.astype(kind), header, compression_type=codec).writeto(
        tmp_path / "a.fits.fz"
    )
    image, _ = load(tmp_path / "a.fits.fz", white=65535.0)
    np.testing.assert_array_equal(image.data[0], (values / 65535).astype(np.float32))
    assert image.header.get("FILTER") == "L"
    assert image.wcs is not None
    assert not [key for key, _, _ in image.header if key.startswith(("Z", "T"))]


@pytest.mark.parametrize("pack", [gzip, bz2])
def test_packed_files(tmp_path: Path, pack: Any) -> None:
    values = np.random.default_rng(0).integers(0, 65535, (40, 50), dtype=np.uint16)
    fits.writeto(tmp_path / "a.fits", values)
    packed = tmp_path / "a.fits.packed"
    packed.write_bytes(pack.compress((tmp_path / "a.fits").read_bytes()))
    np.testing.assert_array_equal(load(packed)[0].data, load(tmp_path / "a.fits")[0].data)
    packed.write_bytes(packed.read_bytes()[:-900])
    with pytest.raises(InputError, match="cannot be unpacked"):
        load(packed)


def test_bomb_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.fits.bz2"
    path.write_bytes(bz2.compress(bytes(200 << 20)))
    with pytest.raises(InputError, match="unpacks to more than"):
        load(path)


# --- writing -----------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 7, 5), (3, 1, 1), (3, 70, 1100)])
def test_floats_come_back_bit_for_bit(tmp_path: Path, shape: tuple[int, ...]) -> None:
    data = np.random.default_rng(0).normal(0, 3, shape).astype(np.float32)
    data.reshape(-1)[0] = np.nan
    data.reshape(-1)[-1:] = -0.0
    image = Image(data)
    write(tmp_path / "a.fits", image)
    np.testing.assert_array_equal(load(tmp_path / "a.fits")[0].data.view("u4"), data.view("u4"))
    with fits.open(tmp_path / "a.fits", checksum=True) as hdus:
        np.testing.assert_array_equal(hdus[0].data.reshape(shape), data)
    write(tmp_path / "b.fits", image)
    assert (tmp_path / "a.fits").read_bytes() == (tmp_path / "b.fits").read_bytes()


@pytest.mark.parametrize("bits", [8, 16])
def test_integers_are_rounded_clipped_and_counted(tmp_path: Path, bits: int) -> None:
    top = 2**bits - 1
    data = np.array([[0, 1, 0.51 / top, 1.49 / top, -0.1, 1.1, np.nan, 5, 0.4 / top]])
    recorder = Recorder()
    write(tmp_path / "a.fits", Image(data), bits=bits, ctx=recorder)
    stored = fits.getdata(tmp_path / "a.fits")[0]
    np.testing.assert_array_equal(stored, [0, top, 1, 1, 0, top, 0, top, 0])
    assert len(recorder.warnings) == 2
    assert "3 values outside 0 … 1" in recorder.warnings[0]
    assert "1 missing pixels" in recorder.warnings[1]


@pytest.mark.parametrize("bits", [8, 16, 32])
@pytest.mark.parametrize("shape", [(1, 3, 3), (3, 40, 31)])
def test_checksums_are_right(tmp_path: Path, bits: int, shape: tuple[int, ...]) -> None:
    data = np.random.default_rng(bits).random(shape)
    write(
        tmp_path / "a.fits",
        Image(data, header=Header((("OBJECT", "it's", "a name"), ("EXPTIME", 300.5, "s")))),
        bits=bits,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with fits.open(tmp_path / "a.fits", checksum=True) as hdus:
            assert hdus[0].verify_datasum() == 1
            assert hdus[0].verify_checksum() == 1
    assert load(tmp_path / "a.fits")[1] == []


def test_damage_is_noticed_by_the_checksum(tmp_path: Path) -> None:
    write(tmp_path / "a.fits", Image(np.full((10, 10), 0.5)))
    content = bytearray((tmp_path / "a.fits").read_bytes())
    content[2880 + 200] ^= 1
    (tmp_path / "a.fits").write_bytes(content)
    assert "DATASUM does not fit" in load(tmp_path / "a.fits")[1][0]
    content[2880 + 200] ^= 1
    content[content.index(b"array data type")] = ord("x")
    (tmp_path / "a.fits").write_bytes(content)
    assert any("CHECKSUM does not fit" in w for w in load(tmp_path / "a.fits")[1])


def test_hundred_megapixels(tmp_path: Path) -> None:
    data = np.arange(10_000 * 10_000, dtype=np.uint32).reshape(1, 10_000, 10_000)
    data &= 0x3F7FFFFF
    data = data.view(np.float32)
    write(tmp_path / "a.fits", Image(data))
    again, _ = load(tmp_path / "a.fits")
    assert np.array_equal(again.data.view(np.uint32), data.view(np.uint32))
