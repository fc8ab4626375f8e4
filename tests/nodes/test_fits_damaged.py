"""Damaged and odd FITS files: an image, or one clear sentence."""

from __future__ import annotations

import contextlib
import warnings
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.errors import InputError
from tests.nodes.recording import load

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


def test_every_nasty_file_is_named_above(real_data: Path) -> None:
    folder = real_data / "nasty_fits"
    found = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    assert found == {*BROKEN, *WARNED, *READABLE}
