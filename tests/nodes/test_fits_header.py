"""FITS cards, solutions, Bayer patterns and row order against astropy."""

from __future__ import annotations

import shutil
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits
from astropy.wcs import WCS
from hypothesis import given, settings
from hypothesis import strategies as st

from nodes.formats.cards import read_cards, to_ascii, write_cards
from nodes.formats.fits import write
from nodes.values import Header, Image, Wcs
from tests.nodes.recording import load


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


def test_of_duplicate_solution_cards_the_first_counts(tmp_path: Path) -> None:
    header = fits.Header(SIP)
    header.append(("CRPIX1", 99.0))
    fits.writeto(tmp_path / "a.fits", np.zeros((24, 30), np.uint8), header)
    image, _ = load(tmp_path / "a.fits")
    assert image.wcs is not None
    assert [v for k, v, _ in image.wcs.cards if k == "CRPIX1"] == [20.5]


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


# --- real images -------------------------------------------------------------------------------


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
