"""FITS against astropy: every sample type, headers, solutions, damaged files."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import shutil
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits
from astropy.wcs import WCS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.context import Context
from graph.errors import InputError
from nodes.formats import files
from nodes.formats.cards import read_cards, to_ascii, write_cards
from nodes.formats.fits import write
from nodes.values import Header, Image, Wcs


class Recorder(Context):
    """Keeps the warnings."""

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def warn(self, message: str) -> None:
        self.warnings.append(message)


def load(path: Path, **options: Any) -> tuple[Image, list[str]]:
    recorder = Recorder()
    return files.read(path, ctx=recorder, **options), recorder.warnings


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


# --- numbers ---------------------------------------------------------------------------------


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


# --- shapes and HDUs --------------------------------------------------------------------------


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


# --- headers -----------------------------------------------------------------------------------

CARDS = (
    ("OBJECT", 'Barnard\'s "Loop" / north', "it's"),
    ("EXPTIME", 300.0, "s"),
    ("GAIN", 100, ""),
    ("COOLED", True, "cooler"),
    ("NOTHING", None, "undefined"),
    ("EMPTY", "", ""),
    ("HISTORY", "first", ""),
    ("FILTER", "Ha", "one"),
    ("FILTER", "OIII", "two"),
    ("TINY", 1.2345678901234567e-300, ""),
    ("COMMENT", "a comment " * 12, ""),
    ("LONGTEXT", "it's a very long string " * 9 + "end", "with a comment"),
    ("ESO DET CHIP1", 3.5, "a long keyword"),
    ("BIG", 12345678901234567890, ""),
    ("HISTORY", "last", ""),
)


def test_cards_come_back_in_order(tmp_path: Path) -> None:
    image = Image(np.zeros((2, 2)), header=Header(CARDS))
    write(tmp_path / "a.fits", image)
    again, said = load(tmp_path / "a.fits")
    assert said == []
    whole = [card for card in CARDS if card[0] != "COMMENT"]
    assert [card for card in again.header if card[0] != "COMMENT"] == whole
    text = "".join(v.ljust(72) for k, v, _ in again.header if k == "COMMENT")
    assert text.split() == ("a comment " * 12).split()


def test_astropy_reads_our_cards(tmp_path: Path) -> None:
    write(tmp_path / "a.fits", Image(np.zeros((2, 2)), header=Header(CARDS)))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with fits.open(tmp_path / "a.fits", checksum=True) as hdus:
            hdus.verify("exception")
            header = hdus[0].header
            for key, value, comment in CARDS:
                if key in ("HISTORY", "COMMENT", "FILTER"):
                    continue
                found = header[key]
                assert found == value or isinstance(found, fits.card.Undefined), key
                if key != "LONGTEXT":
                    assert header.comments[key] == comment
            assert [header[("FILTER", i)] for i in (0, 1)] == ["Ha", "OIII"]
            assert list(header["HISTORY"]) == ["first", "last"]


@settings(max_examples=150, deadline=None)
@given(
    value=st.one_of(
        st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=300).map(str.rstrip),
        st.integers(-(10**18), 10**18),
        st.floats(allow_nan=False, allow_infinity=False),
        st.booleans(),
        st.none(),
    ),
    comment=st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=20),
)
def test_any_value_survives_a_card(value: Any, comment: str) -> None:
    if isinstance(value, str) and value.endswith("&"):
        value += "."
    lines = write_cards([("KEY", value, comment)])
    assert all(len(line) == 80 for line in lines)
    cards, problems = read_cards("".join(lines).encode("ascii"))
    assert (len(cards), problems) == (1, [])
    assert cards[0][1] == value
    assert type(cards[0][1]) is type(value)


def test_structure_is_ours(tmp_path: Path) -> None:
    stale = (("BZERO", 32768, ""), ("NAXIS1", 7, ""), ("BITPIX", 16, ""), ("SIMPLE", False, ""),
             ("END", "", ""), ("CHECKSUM", "x", ""), ("ROWORDER", "BOTTOM-UP", ""))  # fmt: skip
    values = np.random.default_rng(0).random((3, 4), np.float32)
    write(tmp_path / "a.fits", Image(values, header=Header(stale)))
    header = fits.getheader(tmp_path / "a.fits")
    assert "BZERO" not in header
    assert (header["BITPIX"], header["NAXIS1"], header["ROWORDER"]) == (-32, 4, "TOP-DOWN")
    np.testing.assert_array_equal(load(tmp_path / "a.fits")[0].data[0], values)


def test_no_noise_in_the_header(tmp_path: Path) -> None:
    write(tmp_path / "a.fits", Image(np.zeros((2, 2))))
    keys = list(fits.getheader(tmp_path / "a.fits"))
    assert keys == ["SIMPLE", "BITPIX", "NAXIS", "NAXIS1", "NAXIS2", "EXTEND", "ROWORDER",
                    "LNRSTATE", "CHECKSUM", "DATASUM"]  # fmt: skip


def test_text_outside_ascii_is_folded() -> None:
    assert to_ascii("Nébuleuse Müller 5 µm → x") == "Nebuleuse Muller 5 ?m ? x"


def test_state_and_calibration_come_back(tmp_path: Path) -> None:
    for linear in (True, False):
        for calibrated in (True, False):
            image = Image(np.full((1, 1), 1.5), linear=linear, color_calibrated=calibrated)
            write(tmp_path / "a.fits", image)
            again, _ = load(tmp_path / "a.fits")
            assert (again.linear, again.color_calibrated) == (linear, calibrated)
            assert again.data[0, 0, 0] == 1.5
            assert again.header.cards == ()
    assert load(tmp_path / "a.fits", linear="linear")[0].linear
    assert not load(tmp_path / "a.fits", linear="stretched")[0].linear


def test_unreadable_cards_are_named(tmp_path: Path) -> None:
    path = raw_file(tmp_path / "a.fits", np.zeros((2, 2), np.uint8))
    content = bytearray(path.read_bytes())
    end = content.index(b"END" + b" " * 77)
    for i, card in enumerate((b"EXPTIME = 10,5", b"FILTER  = 'Ha", b"WORD", b"OBJECT  = 'N\xe9b'")):
        content[end + 80 * i : end + 80 * (i + 1)] = card.ljust(80)
    content[end + 320 : end + 400] = b"END".ljust(80)
    path.write_bytes(content)
    image, said = load(path)
    assert image.header.get("EXPTIME") == "10,5"
    assert image.header.get("FILTER") == "Ha"
    assert image.header.get("OBJECT") == "Néb"
    assert "EXPTIME = 10,5" in said[0]
    write(tmp_path / "b.fits", image)
    assert fits.getheader(tmp_path / "b.fits")["EXPTIME"] == "10,5"


# --- solution, Bayer pattern, row order --------------------------------------------------------

SIP = {
    "CTYPE1": "RA---TAN-SIP", "CTYPE2": "DEC--TAN-SIP", "CRVAL1": 10.5, "CRVAL2": 41.2,
    "CRPIX1": 20.5, "CRPIX2": 12.25, "CD1_1": -3e-4, "CD1_2": 1e-5, "CD2_1": 2e-5, "CD2_2": 3e-4,
    "A_ORDER": 2, "A_2_0": 1e-5, "A_1_1": 2e-5, "B_ORDER": 2, "B_0_2": -3e-5, "B_1_1": 1e-5,
    "RADESYS": "ICRS", "EQUINOX": 2000.0, "LONPOLE": 180.0,
}  # fmt: skip


def sky(wcs: Any, x: Any, y: Any) -> np.ndarray:
    return np.array(wcs.all_pix2world(x, y, 0))


@pytest.mark.parametrize("height", [24, 25])
def test_bottom_up_files_are_turned(tmp_path: Path, height: int) -> None:
    rng = np.random.default_rng(1)
    values = rng.integers(0, 65535, (height, 30), dtype=np.uint16)
    header = fits.Header({**SIP, "ROWORDER": "BOTTOM-UP", "BAYERPAT": "RGGB"})
    fits.writeto(tmp_path / "a.fits", values, header)
    image, said = load(tmp_path / "a.fits")
    assert said == []
    np.testing.assert_array_equal(image.data[0], (values[::-1] / 65535).astype(np.float32))
    assert image.cfa == ("GBRG" if height == 24 else "RGGB")
    assert image.wcs is not None
    x, y = rng.uniform(0, 29, 100), rng.uniform(0, height - 1, 100)
    truth = sky(WCS(fits.getheader(tmp_path / "a.fits")), x, y)
    np.testing.assert_allclose(sky(image.wcs.astropy(), x, height - 1 - y), truth, atol=1e-9)
    write(tmp_path / "b.fits", image, bits=16)
    again, _ = load(tmp_path / "b.fits")
    assert (again.cfa, again.wcs, again.header) == (image.cfa, image.wcs, image.header)
    np.testing.assert_array_equal(again.data, image.data)
    forced, _ = load(tmp_path / "a.fits", row_order="top-down")
    np.testing.assert_array_equal(forced.data, image.data[:, ::-1])
    assert forced.cfa == "RGGB"
    forced, _ = load(tmp_path / "b.fits", row_order="bottom-up")
    np.testing.assert_array_equal(forced.data, image.data[:, ::-1])
    assert forced.cfa == "RGGB"


@pytest.mark.parametrize("kind", ["u1", "i4", "f4", "f8"])
def test_all_kinds_are_turned_plane_by_plane(tmp_path: Path, kind: str) -> None:
    values = np.random.default_rng(0).integers(0, 2, (3, 4, 5)).astype(kind)
    fits.writeto(tmp_path / "a.fits", values)
    image, _ = load(tmp_path / "a.fits", row_order="bottom-up", white=1.0)
    np.testing.assert_array_equal(image.data, values[:, ::-1].astype(np.float32))


def test_solution_comes_back(tmp_path: Path) -> None:
    fits.writeto(tmp_path / "a.fits", np.zeros((24, 30), np.uint8), fits.Header(SIP))
    image, _ = load(tmp_path / "a.fits")
    assert image.wcs == Wcs(tuple((k, v, "") for k, v in SIP.items()))
    assert image.header.cards == ()
    write(tmp_path / "b.fits", image)
    assert load(tmp_path / "b.fits")[0].wcs == image.wcs
    x, y = np.arange(20.0), np.arange(20.0)
    one, two = (WCS(fits.getheader(tmp_path / f"{name}.fits")) for name in "ab")
    np.testing.assert_array_equal(sky(one, x, y), sky(two, x, y))


def test_third_axis_and_other_systems_are_left_out(tmp_path: Path) -> None:
    header = fits.Header({**SIP, "WCSAXES": 3, "CTYPE3": "RGB", "CD3_3": 1.0, "CTYPE1A": "LINEAR"})
    fits.writeto(tmp_path / "a.fits", np.zeros((3, 24, 30), np.uint8), header)
    image, said = load(tmp_path / "a.fits")
    assert image.wcs is not None
    assert image.wcs.get("WCSAXES") == 2
    assert image.wcs.get("CTYPE3") is None
    assert image.header.cards == ()
    assert "beside the main one" in said[0]
    assert image.wcs.astropy().naxis == 2


def test_cards_without_a_sky_stay_in_the_header(tmp_path: Path) -> None:
    header = fits.Header({"CRPIX1": 1.0, "CRVAL1": 5.0, "CTYPE1": "LINEAR", "EQUINOX": 2000.0})
    fits.writeto(tmp_path / "a.fits", np.zeros((2, 2), np.uint8), header)
    image, _ = load(tmp_path / "a.fits")
    assert image.wcs is None
    assert [key for key, _, _ in image.header] == ["CRPIX1", "CRVAL1", "CTYPE1", "EQUINOX"]


@pytest.mark.parametrize(
    ("cards", "pattern"),
    [
        ({"BAYERPAT": "RGGB"}, "RGGB"),
        ({"BAYERPAT": "rggb  "}, "RGGB"),
        ({"COLORTYP": "GRBG"}, "GRBG"),
        ({"BAYERPAT": "RGGB", "XBAYROFF": 1}, "GRBG"),
        ({"BAYERPAT": "RGGB", "YBAYROFF": 1}, "GBRG"),
        ({"BAYERPAT": "RGGB", "XBAYROFF": 3, "YBAYROFF": 1.0}, "BGGR"),
        ({"BAYERPAT": "RGGB", "XBAYROFF": 2, "YBAYROFF": 0}, "RGGB"),
    ],
)
def test_bayer_pattern(tmp_path: Path, cards: dict[str, Any], pattern: str) -> None:
    fits.writeto(tmp_path / "a.fits", np.zeros((4, 4), np.uint16), fits.Header(cards))
    image, _ = load(tmp_path / "a.fits")
    assert image.cfa == pattern
    assert image.header.cards == ()
    write(tmp_path / "b.fits", image)
    header = fits.getheader(tmp_path / "b.fits")
    assert (header["BAYERPAT"], header["XBAYROFF"], header["YBAYROFF"]) == (pattern, 0, 0)
    assert load(tmp_path / "b.fits")[0].cfa == pattern
    write(tmp_path / "c.fits", image.replace(cfa=None))
    assert "BAYERPAT" not in fits.getheader(tmp_path / "c.fits")


def test_unknown_bayer_pattern_is_named(tmp_path: Path) -> None:
    header = fits.Header({"BAYERPAT": "XTRANS"})
    fits.writeto(tmp_path / "a.fits", np.zeros((4, 4), np.uint16), header)
    image, said = load(tmp_path / "a.fits")
    assert image.cfa is None
    assert "BAYERPAT = 'XTRANS'" in said[0]


# --- writing -------------------------------------------------------------------------------------


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
    write(tmp_path / "a.fits", Image(data, header=Header(CARDS[:5])), bits=bits)
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


# --- damaged files -------------------------------------------------------------------------------

#: what is said of the files that cannot be read; all others must give an image
BROKEN = {
    "made/bitpix_17.fits": "BITPIX = 17",
    "made/cube_5_planes.fits": "cube of 50 × 40 × 5",
    "made/data_cut_60_percent.fits": "cut short",
    "made/dims_overflow.fits": "2147483647 × 2147483647",
    "made/empty.fits": "is empty",
    "made/header_half.fits": "no END",
    "made/naxis2_too_big.fits": "100 × 30000",
    "made/naxis_0_only.fits": "holds no image",
    "made/naxis_negative.fits": "NAXIS1 = -100",
    "made/naxis_zero.fits": "holds no image",
    "made/no_end_card.fits": "no END",
    "made/not_fits_text.fits": "not a FITS file",
    "structure/arange.fits": "cube of 11 × 10 × 7",
    "structure/compressed_float_bzero.fits": "single row",
    "structure/group.fits": "holds no image",
    "structure/group_invalid.fits": "holds no image",
    "structure/logical_null.fits": "holds no image",
    "structure/lzw.fits.Z": "Unix compress",
    "structure/random_groups.fits": "holds no image",
    "structure/sip.fits": "holds no image",
    "structure/stddata.fits": "holds no image",
    "structure/zerowidth.fits": "holds no image",
}
WARNED = {
    "made/bscale_zero.fits": "BSCALE = 0",
    "made/decimal_comma.fits": "EXPTIME = 10,5",
    "made/simple_f.fits": "SIMPLE",
    "made/trailing_garbage.fits": "5120 unknown bytes",
    "made/unpadded_end.fits": "last block",
    "made/nan_inf_float32.fits": "400 infinite",
    "made/all_nan_float64.fits": "not one pixel",
    "made/rgb_interleaved_naxis1_3.fits": "NAXIS1",
    "structure/checksum_false.fits": "DATASUM",
}
#: read without a word, or with one about the header only
READABLE = (
    "made/blank_bscale.fits",
    "made/constant.fits",
    "made/continue_hierarch_history.fits",
    "made/duplicate_keywords.fits",
    "made/image_in_third_hdu.fits",
    "made/int64.fits",
    "made/int8_bzero.fits",
    "made/latin1_utf8_header.fits",
    "made/naxis4_1x1.fits",
    "made/odd_values.fits",
    "made/one_pixel.fits",
    "made/row_1x5000.fits",
    "made/uint64_bzero.fits",
    "structure/WFPC2_mosaic_crop.fits",
    "structure/blank.fits",
    "structure/comp.fits",
    "structure/compressed_image.fits",
    "structure/double_ext.fits",
    "structure/header_newlines.fits",
    "structure/scale.fits",
    "structure/test0.fits",
    "types/bahtinov_mask_unfocused.fits",
    "types/color16bits.fits",
    "types/color32bits.fits",
    "types/color8bits.fits",
    "types/colordouble.fits",
    "types/colorfloat.fits",
    "types/gray32bits.fits",
)


@pytest.mark.parametrize("name", [*BROKEN, *WARNED, *READABLE])
def test_nasty_file(real_data: Path, name: str) -> None:
    path = real_data / "nasty_fits" / name
    if name in BROKEN:
        with pytest.raises(InputError) as caught:
            load(path, white=65535.0, signed=True)
        message = str(caught.value)
        assert BROKEN[name] in message
        assert path.name in message
        assert "\n" not in message
        return
    image, said = load(path, white=65535.0, signed=True)
    if name in WARNED:
        assert any(WARNED[name] in warning for warning in said)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with fits.open(path, ignore_missing_simple=True) as hdus:
            if name.endswith("simple_f.fits"):  # astropy sees no image in it
                return
            kinds = (fits.PrimaryHDU, fits.ImageHDU, fits.CompImageHDU)
            truth = next(h.data for h in hdus if isinstance(h, kinds) and h.data is not None)
    truth = np.squeeze(np.asarray(truth, np.float64)) / 65535
    if name.endswith("rgb_interleaved_naxis1_3.fits"):
        truth = truth.transpose(2, 0, 1)
    truth = np.where(np.isfinite(truth), truth, np.nan)
    np.testing.assert_allclose(np.squeeze(image.data), truth, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("cut", [0, 1, 79, 1000, 2880, 2881, 5000])
def test_any_cut_is_one_clear_error(tmp_path: Path, cut: int) -> None:
    fits.writeto(tmp_path / "a.fits", np.zeros((50, 50), np.uint16))
    content = (tmp_path / "a.fits").read_bytes()
    (tmp_path / "b.fits").write_bytes(content[:cut])
    with pytest.raises(InputError, match=r"b\.fits"):
        load(tmp_path / "b.fits")


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(position=st.integers(0, 2879), byte=st.integers(0, 255))
def test_a_wrong_byte_in_the_header_never_crashes(tmp_path: Path, position: int, byte: int) -> None:
    path = tmp_path / "a.fits"
    content = bytearray()
    for card in ("SIMPLE  =                    T", "BITPIX  =                   16",
                 "NAXIS   =                    2", "NAXIS1  =                    5",
                 "NAXIS2  =                    4", "BZERO   =                32768",
                 "CTYPE1  = 'RA---TAN'", "CTYPE2  = 'DEC--TAN'", "CRPIX1  =  3.0",
                 "BAYERPAT= 'RGGB    '", "END"):  # fmt: skip
        content += card.ljust(80).encode()
    content = content.ljust(2880) + bytes(2880)
    content[position] = byte
    path.write_bytes(content)
    with contextlib.suppress(InputError):
        load(path, white=65535.0, signed=True)


def test_damaged_tiles_are_one_clear_error(tmp_path: Path) -> None:
    values = np.random.default_rng(0).integers(0, 4000, (40, 50), dtype=np.int16)
    path = tmp_path / "a.fits"
    fits.CompImageHDU(values, compression_type="GZIP_1").writeto(path)
    content = bytearray(path.read_bytes())
    content[-2880:-1000] = bytes(1880)
    content = content.replace(b"ZNAXIS1 =                   50", b"ZNAXIS1 =               999950")
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"a\.fits"):
        load(path)


# --- real images ---------------------------------------------------------------------------------


def test_every_nasty_file_is_named_above(real_data: Path) -> None:
    folder = real_data / "nasty_fits"
    found = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    assert found == {*BROKEN, *WARNED, *READABLE}


def test_compressed_files_equal_the_plain_one(real_data: Path) -> None:
    folder = real_data / "compressed_fits"
    plain, _ = load(folder / "m13.fits")
    for path in (*folder.glob("m13_*.fits"), folder / "m13.fits.gz", folder / "m13.fits.bz2"):
        np.testing.assert_array_equal(load(path)[0].data, plain.data, err_msg=path.name)


def test_real_solutions_are_those_of_astropy(real_data: Path, tmp_path: Path) -> None:
    for name, hdu in (
        ("osc_dslr_field/solved.fits.fz", 1),
        ("gpl/osc_ngc7023/Light_NGC_7023_10.0s_IRCUT_20240730-224436.fit", 0),
        ("osc_dslr_field/pole.fits", 0),
    ):
        path = real_data / name
        if not path.is_file():
            continue
        image, _ = load(path)
        assert image.wcs is not None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            truth = WCS(fits.getheader(path, hdu))
        x, y = np.random.default_rng(0).uniform(0, 200, (2, 50))
        np.testing.assert_allclose(sky(image.wcs.astropy(), x, y), sky(truth, x, y), atol=1e-10)
        write(tmp_path / "a.fits", image)
        again, _ = load(tmp_path / "a.fits")
        assert again.wcs == image.wcs
        assert again.cfa == image.cfa
        assert [c for c in again.header if isinstance(c[1], int | float)] == [
            c for c in image.header if isinstance(c[1], int | float)
        ]


def test_same_file_name_in_other_folder_reads_the_same(real_data: Path, tmp_path: Path) -> None:
    source = real_data / "mono_m13" / "M13_blue_0001.fits"
    shutil.copy(source, tmp_path / "noname")
    np.testing.assert_array_equal(load(tmp_path / "noname")[0].data, load(source)[0].data)
