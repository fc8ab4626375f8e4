"""Debayering against slow references, scenes whose colours are known, and stars."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.ndimage import convolve

from graph.errors import InputError
from nodes.debayer import _balance, debayer, split
from nodes.formats import files, fits
from nodes.formats.orientation import PATTERNS, flip_rows, shift_pattern
from nodes.kernels.debayer import bilinear
from nodes.kernels.debayer import debayer as interpolate
from nodes.kernels.debayer_rcd import rcd
from nodes.kernels.debayer_vng import vng
from nodes.values import Header, Image, Wcs
from tests.nodes.recording import Recorder

METHODS = ("rcd", "vng", "bilinear")


def planes(shape: tuple[int, int], pattern: str) -> np.ndarray:
    """Index of the colour of every pixel."""
    block = np.array(["RGB".index(c) for c in pattern]).reshape(2, 2)
    y, x = np.indices(shape)
    return np.asarray(block[y % 2, x % 2])


def mosaic(scene: np.ndarray, pattern: str) -> Image:
    """What a sensor makes of a scene ``(3, height, width)``."""
    which = planes(scene.shape[1:], pattern)
    return Image(np.take_along_axis(scene, which[np.newaxis], 0)[0], cfa=pattern)


def ramp(shape: tuple[int, int] = (60, 70)) -> np.ndarray:
    y, x = np.indices(shape)
    return np.stack([0.2 + 1e-4 * x, 0.3 + 2e-4 * y, 0.1 + 5e-5 * x + 1e-4 * y])


def texture(shape: tuple[int, int] = (150, 330), seed: int = 1) -> np.ndarray:
    """Smooth noise in which the colours go together, with slanted edges."""
    rng = np.random.default_rng(seed)
    y, x = np.indices(shape)
    spectrum = np.fft.rfft2(rng.standard_normal(shape))
    k = np.hypot(np.fft.fftfreq(shape[0])[:, None], np.fft.rfftfreq(shape[1])[None])
    grey = np.fft.irfft2(spectrum * np.exp(-((k / 0.12) ** 2)), s=shape)
    grey = 0.4 + 0.1 * grey / grey.std() + 0.2 * (np.sin(0.11 * x + 0.05 * y) > 0)
    return np.clip(np.stack([grey, 0.8 * grey, 0.6 * grey]), 0.05, 1.5)


@pytest.mark.parametrize("method", [*METHODS, "superpixel"])
@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_scene_of_one_colour_is_exact(method: Any, pattern: str) -> None:
    for color in ((1.0, 0.0, 0.0), (0.0, 0.5, 0.0), (0.0, 0.0, 0.2), (0.3, 0.5, 0.7)):
        scene = np.broadcast_to(np.array(color)[:, None, None], (3, 16, 18))
        out = debayer(mosaic(scene, pattern), method=method)
        wanted = np.broadcast_to(np.float32(color)[:, None, None], out.data.shape)
        np.testing.assert_allclose(out.data, wanted, rtol=1e-6, atol=1e-7)
        assert out.cfa is None


def bilinear_reference(image: Image) -> np.ndarray:
    assert image.cfa
    which = planes(image.data.shape[1:], image.cfa)
    kernel = np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]]) / 4
    cross = np.array([[0, 1, 0], [1, 4, 1], [0, 1, 0]]) / 4
    return np.stack(
        [
            convolve(np.where(which == c, image.data[0], 0), cross if c == 1 else kernel,
                     mode="mirror")
            for c in range(3)
        ]
    )  # fmt: skip


#: five by five of the paper, for a centre of red, numbered from 1 by rows
def vng_reference(data: np.ndarray, centre: str) -> tuple[float, float, float]:
    """The two missing colours and the centre at the middle of a 5 × 5, as the paper writes them.

    centre R: returns (R, G, B); centre G: the row has R, the column B.
    """
    v = np.concatenate([[np.nan], data.astype(np.float64).ravel()])

    def d(a: int, b: int) -> float:
        return float(abs(v[a] - v[b]))

    g = {
        "N": d(8, 18) + d(3, 13) + (d(7, 17) + d(9, 19) + d(2, 12) + d(4, 14)) / 2,
        "E": d(14, 12) + d(15, 13) + (d(9, 7) + d(19, 17) + d(10, 8) + d(20, 18)) / 2,
        "S": d(18, 8) + d(23, 13) + (d(19, 9) + d(17, 7) + d(24, 14) + d(22, 12)) / 2,
        "W": d(12, 14) + d(11, 13) + (d(17, 19) + d(7, 9) + d(16, 18) + d(6, 8)) / 2,
    }
    if centre == "R":
        g |= {
            "NE": d(9, 17) + d(5, 13) + (d(8, 12) + d(14, 18) + d(4, 8) + d(10, 14)) / 2,
            "SE": d(19, 7) + d(25, 13) + (d(14, 8) + d(18, 12) + d(20, 14) + d(24, 18)) / 2,
            "NW": d(7, 19) + d(1, 13) + (d(12, 18) + d(8, 14) + d(6, 12) + d(2, 8)) / 2,
            "SW": d(17, 9) + d(21, 13) + (d(18, 14) + d(12, 8) + d(22, 18) + d(16, 12)) / 2,
        }
    else:
        g |= {
            "NE": d(9, 17) + d(5, 13) + d(4, 12) + d(10, 18),
            "SE": d(19, 7) + d(25, 13) + d(20, 8) + d(24, 12),
            "NW": d(7, 19) + d(1, 13) + d(2, 14) + d(6, 18),
            "SW": d(17, 9) + d(21, 13) + d(22, 14) + d(16, 8),
        }
    limit = 1.5 * min(g.values()) + 0.5 * (max(g.values()) - min(g.values()))

    def mean(*places: int) -> float:
        return float(np.mean([v[p] for p in places]))

    if centre == "R":
        red = {"N": (3, 13), "E": (13, 15), "S": (13, 23), "W": (11, 13), "NE": (5, 13),
               "SE": (13, 25), "NW": (1, 13), "SW": (13, 21)}  # fmt: skip
        green = {"N": (8,), "E": (14,), "S": (18,), "W": (12,), "NE": (4, 8, 10, 14),
                 "SE": (14, 18, 20, 24), "NW": (2, 6, 8, 12), "SW": (12, 16, 18, 22)}  # fmt: skip
        blue = {"N": (7, 9), "E": (9, 19), "S": (17, 19), "W": (7, 17), "NE": (9,), "SE": (19,),
                "NW": (7,), "SW": (17,)}  # fmt: skip
    else:
        green = {"N": (3, 13), "E": (13, 15), "S": (13, 23), "W": (11, 13), "NE": (9,),
                 "SE": (19,), "NW": (7,), "SW": (17,)}  # fmt: skip
        red = {"N": (2, 4, 12, 14), "E": (14,), "S": (12, 14, 22, 24), "W": (12,), "NE": (4, 14),
               "SE": (14, 24), "NW": (2, 12), "SW": (12, 22)}  # fmt: skip
        blue = {"N": (8,), "E": (8, 10, 18, 20), "S": (18,), "W": (6, 8, 16, 18), "NE": (8, 10),
                "SE": (18, 20), "NW": (6, 8), "SW": (16, 18)}  # fmt: skip
    taken = [name for name, value in g.items() if value <= limit]
    sums = [np.mean([mean(*table[name]) for name in taken]) for table in (red, green, blue)]
    own = sums[0] if centre == "R" else sums[1]
    return tuple(float(v[13] + s - own) for s in sums)  # type: ignore[return-value]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_bilinear_is_the_average_of_the_nearest(pattern: str) -> None:
    image = mosaic(np.random.default_rng(0).random((3, 151, 303)), pattern)
    out = debayer(image, method="bilinear")
    np.testing.assert_allclose(out.data, bilinear_reference(image), atol=3e-7)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_vng_is_that_of_the_paper(pattern: str) -> None:
    image = mosaic(texture((20, 22)), pattern)
    out = debayer(image, method="vng", balance=False).data
    which = planes(image.data.shape[1:], pattern)
    raw = image.data[0]
    for y in range(2, 18):
        for x in range(2, 20):
            box = raw[y - 2 : y + 3, x - 2 : x + 3]
            if which[y, x] == 1:  # green: the row's colour first
                row, green, column = vng_reference(box, "G")
                wanted = [0.0, green, 0.0]
                wanted[which[y, x + 1]], wanted[which[y + 1, x]] = row, column
            else:
                own, green, other = vng_reference(box, "R")
                wanted = [0.0, green, 0.0]
                wanted[which[y, x]], wanted[2 - which[y, x]] = own, other
            np.testing.assert_allclose(out[:, y, x], wanted, atol=2e-6)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_ramp_is_kept_within_one_code(method: Any, pattern: str) -> None:
    out = debayer(mosaic(ramp(), pattern), method=method).data
    inside = (slice(None), slice(10, -10), slice(10, -10))
    np.testing.assert_allclose(out[inside], ramp()[inside], atol=1 / 65535)


@pytest.mark.parametrize("method", [*METHODS, "superpixel"])
def test_known_pixels_stay_as_they_are(method: Any) -> None:
    scene = 0.1 * texture()
    scene[:, 40:44, 60:64] = np.array([0.9, 0.5, 0.3])[:, None, None]  # colours to be balanced
    scene += 1e-4 * np.random.default_rng(0).standard_normal(scene.shape)
    image = mosaic(scene, "GRBG")
    assert min(abs(np.log(_balance(image.data[0], (0, 1))))) > 0.1
    out = debayer(image, method=method).data
    if method == "superpixel":
        raw = image.data[0]
        np.testing.assert_array_equal(out[0], raw[::2, 1::2])
        np.testing.assert_allclose(out[1], (raw[::2, ::2] + raw[1::2, 1::2]) / 2, rtol=1e-6)
        np.testing.assert_array_equal(out[2], raw[1::2, ::2])
    else:
        which = planes(image.data.shape[1:], "GRBG")
        for color in range(3):
            same = which == color
            np.testing.assert_array_equal(out[color][same], image.data[0][same])


def test_edges_are_followed() -> None:
    """RCD errs by 0.53 of what the average of the nearest does, VNG by less than that as well."""
    scene = texture()
    inside = (slice(None), slice(12, -12), slice(12, -12))
    errors = {}
    for method in METHODS:
        out = debayer(mosaic(scene, "RGGB"), method=method)  # type: ignore[arg-type]
        errors[method] = np.sqrt(np.mean((out.data - scene)[inside] ** 2))
    assert errors["rcd"] < 0.6 * errors["bilinear"]
    assert errors["vng"] < 0.9 * errors["bilinear"]


@pytest.mark.parametrize("method", [bilinear, vng, rcd])
def test_flips_and_a_transposition_change_nothing(method: Any) -> None:
    """No direction is preferred, and no place: each turned mosaic gives the turned picture."""
    scene = texture((61, 75))

    def make(turned: np.ndarray, red: tuple[int, int]) -> np.ndarray:
        pattern = shift_pattern("RGGB", red[1], red[0])
        return interpolate(mosaic(turned, pattern).data[0], red, method, 0.1, (1.2, 0.8))

    plain = make(scene, (0, 0))
    down, right = make(scene[:, :-1][:, ::-1], (1, 0)), make(scene[:, :, :-1][:, :, ::-1], (0, 1))
    np.testing.assert_allclose(down[:, 20:][:, ::-1], plain[:, :40], atol=2e-6)
    np.testing.assert_allclose(right[:, :, 20:][:, :, ::-1], plain[:, :, :54], atol=2e-6)
    turned = make(scene.transpose(0, 2, 1), (0, 0))
    np.testing.assert_allclose(turned.transpose(0, 2, 1), plain, atol=2e-6)


@pytest.mark.parametrize("method", [bilinear, vng, rcd])
def test_bands_and_tiles_leave_no_seam(method: Any) -> None:
    plane = mosaic(texture((300, 620)), "BGGR").data[0]
    whole = interpolate(plane, (1, 1), method, 0.1)
    for top, left in ((0, 0), (101, 153), (150, 301)):
        red = ((1 + top) % 2, (1 + left) % 2)
        part = np.ascontiguousarray(plane[top : top + 100, left : left + 200])
        cut = interpolate(part, red, method, 0.1)
        inside = (slice(None), slice(top + 12, top + 88), slice(left + 12, left + 188))
        np.testing.assert_array_equal(cut[:, 12:88, 12:188], whole[inside])


@pytest.mark.parametrize("method", METHODS)
def test_the_colour_of_stars_is_that_of_superpixels(method: Any) -> None:
    rng = np.random.default_rng(3)
    y, x = np.indices((400, 400))
    scene = np.full((3, 400, 400), 0.02)
    places = [(40 + 60 * j + rng.uniform(-1, 1), 40 + 60 * i + rng.uniform(-1, 1))
              for j in range(6) for i in range(6)]  # fmt: skip
    for v, u in places:
        size = np.exp(-((x - u) ** 2 + (y - v) ** 2) / (2 * 1.3**2))
        scene += np.array([0.5, 0.4, 0.25])[:, None, None] * size
    fine = debayer(mosaic(scene, "RGGB"), method=method).data - 0.02
    coarse = debayer(mosaic(scene, "RGGB"), method="superpixel").data - 0.02
    ratios = []
    for v, u in places:
        r, c = round(v / 2), round(u / 2)
        full = fine[:, 2 * r - 20 : 2 * r + 20, 2 * c - 20 : 2 * c + 20].sum(axis=(1, 2))
        half = coarse[:, r - 10 : r + 10, c - 10 : c + 10].sum(axis=(1, 2))
        ratios.append((full / full[1]) / (half / half[1]))
    np.testing.assert_allclose(np.mean(ratios, axis=0), 1, atol=0.005)


@pytest.mark.parametrize("level", [0.0, 0.001, 0.1])
def test_noise_about_zero_gets_no_colour(level: float) -> None:
    """A dark sky, half of whose pixels are negative: all colours keep its mean."""
    rng = np.random.default_rng(4)
    sigma = 1e-3
    scene = level + sigma * rng.standard_normal((1, 600, 700)) * np.ones((3, 1, 1))
    out = debayer(mosaic(scene, "RGGB")).data
    means = out.mean(axis=(1, 2), dtype=np.float64) - level
    assert np.abs(means).max() < 0.015 * sigma
    assert np.abs(out - level).max() < 12 * sigma


@pytest.mark.parametrize("method", METHODS)
def test_missing_pixels_stay_where_they_are(method: Any) -> None:
    scene = ramp((60, 70))
    data = mosaic(scene, "RGGB").data[0].copy()
    data[20, 31] = data[5, 5] = data[0, 0] = np.nan
    data[30:42, 40:52] = np.nan
    data[50, 60] = np.inf
    out = debayer(Image(data, cfa="RGGB"), method=method).data
    np.testing.assert_array_equal(np.isnan(out), np.broadcast_to(~np.isfinite(data), out.shape))
    inside = (slice(None), slice(12, -12), slice(12, -12))
    assert np.nanmax(np.abs(out - scene)[inside]) < 5e-4


def test_superpixels_miss_what_their_pixels_miss() -> None:
    data = mosaic(ramp((4, 6)), "RGGB").data[0].copy()
    data[0, 0] = data[0, 3] = data[2, 1] = data[3, 0] = np.nan
    out = debayer(Image(data, cfa="RGGB"), method="superpixel").data
    assert np.argwhere(np.isnan(out)).tolist() == [[0, 0, 0], [1, 1, 0]]
    assert out[1, 0, 1] == data[1, 2]


@pytest.mark.parametrize("shape", [(2, 2), (2, 3), (3, 2), (5, 7), (13, 4), (129, 2), (2, 269)])
@pytest.mark.parametrize("method", [*METHODS, "superpixel"])
def test_small_and_odd_sizes(shape: tuple[int, int], method: Any) -> None:
    scene = np.broadcast_to(np.array([0.2, 0.4, 0.6])[:, None, None], (3, *shape))
    for pattern in PATTERNS:
        out = debayer(mosaic(scene, pattern), method=method).data
        size = (shape[0] // 2, shape[1] // 2) if method == "superpixel" else shape
        assert out.shape == (3, *size)
        for color in range(3):
            np.testing.assert_allclose(out[color], scene[color, 0, 0], rtol=1e-6)


@pytest.mark.parametrize("height", [20, 21])
@pytest.mark.parametrize("method", [*METHODS, "superpixel"])
def test_files_stored_upside_down_give_the_same_picture(
    tmp_path: Path, height: int, method: Any
) -> None:
    from astropy.io import fits as astrofits

    scene = np.zeros((3, height, 24))
    scene[0] = 0.5
    image = mosaic(scene, "RGGB")
    fits.write(tmp_path / "top.fits", image)
    cards = astrofits.Header([("ROWORDER", "BOTTOM-UP"), ("BAYERPAT", flip_rows(image).cfa)])
    astrofits.PrimaryHDU(image.data[0, ::-1].copy(), cards).writeto(tmp_path / "bottom.fits")
    one, two = (
        debayer(files.read(tmp_path / name), method=method) for name in ("top.fits", "bottom.fits")
    )
    np.testing.assert_array_equal(one.data, two.data)
    np.testing.assert_allclose(one.data[0], 0.5, rtol=1e-6)
    np.testing.assert_allclose(one.data[1:], 0, atol=1e-6)


CARDS = (
    ("CTYPE1", "RA---TAN-SIP", ""), ("CTYPE2", "DEC--TAN-SIP", ""), ("CRVAL1", 83.6, ""),
    ("CRVAL2", 22.0, ""), ("CRPIX1", 51.3, ""), ("CRPIX2", 40.7, ""), ("CD1_1", -4e-4, ""),
    ("CD1_2", 1e-5, ""), ("CD2_1", 1.1e-5, ""), ("CD2_2", 4e-4, ""), ("A_ORDER", 3, ""),
    ("B_ORDER", 3, ""), ("A_2_0", 2e-5, ""), ("A_1_1", -1e-5, ""), ("B_0_2", 3e-5, ""),
    ("B_3_0", 1e-7, ""), ("AP_ORDER", 2, ""), ("BP_ORDER", 2, ""), ("AP_2_0", -2e-5, ""),
    ("BP_0_2", -3e-5, ""), ("A_DMAX", 1.5, ""),
)  # fmt: skip
FORMS = {
    "CD": CARDS,
    "PC": (*[c for c in CARDS if not c[0].startswith("CD")], ("PC1_1", 0.9, ""),
           ("PC2_2", 1.0, ""), ("CDELT1", -4e-4, ""), ("CDELT2", 4e-4, "")),
    "PC alone": (*[c for c in CARDS if not c[0].startswith("CD")], ("PC1_1", -4e-4, ""),
                 ("PC2_2", 4e-4, "")),
    "rotated": (("CTYPE1", "RA---TAN", ""), ("CTYPE2", "DEC--TAN", ""), ("CRVAL1", 83.6, ""),
                ("CRVAL2", 22.0, ""), ("CDELT1", -4e-4, ""), ("CDELT2", 4e-4, ""),
                ("CROTA2", 30.0, "")),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("count", [2, 3])
def test_the_solution_of_binned_pixels(form: str, count: int) -> None:
    """The centre of every n × n block is at the same place of the sky."""
    wcs = Wcs(FORMS[form])
    y, x = np.indices((30, 40))
    fine = wcs.astropy().all_pix2world(count * x + (count - 1) / 2, count * y + (count - 1) / 2, 0)
    coarse = wcs.binned(count).astropy().all_pix2world(x, y, 0)
    np.testing.assert_allclose(coarse, fine, rtol=0, atol=1e-10)
    assert wcs.binned(1).astropy().all_pix2world(3, 4, 0)[0] == pytest.approx(
        wcs.astropy().all_pix2world(3, 4, 0)[0], abs=1e-12
    )


def test_headers_and_solutions_follow() -> None:
    header = Header(
        (("OBJECT", "M31", "name"), ("COLORTYP", "RGGB", ""), ("XPIXSZ", 3.76, "[um]"),
         ("YPIXSZ", 3.76, ""), ("XBINNING", 1, "bins"), ("YBINNING", 1, ""))
    )  # fmt: skip
    image = mosaic(ramp(), "RGGB").replace(
        header=header, wcs=Wcs(CARDS), weight=0.7, white=16383.0,
        properties=(("PCL:CFASourcePattern", "String", "RGGB"),
                    ("PCL:AstrometricSolution:X", "Float64", 1.0), ("Note", "String", "a")),
    )  # fmt: skip
    same = debayer(image)
    assert same.wcs == image.wcs
    assert same.header == Header(tuple(c for c in header if c[0] != "COLORTYP"))
    assert [p[0] for p in same.properties] == ["PCL:AstrometricSolution:X", "Note"]
    half = debayer(image, method="superpixel")
    assert half.wcs == Wcs(CARDS).binned(2)
    assert half.header.get("OBJECT") == "M31"
    assert [half.header.get(k) for k in ("XPIXSZ", "YPIXSZ", "XBINNING", "YBINNING")] == [
        7.52, 7.52, 2, 2,
    ]  # fmt: skip
    assert [p[0] for p in half.properties] == ["Note"]
    for out in (same, half):
        assert (out.weight, out.white, out.linear, out.cfa) == (0.7, 16383.0, True, None)
        assert not out.color_calibrated


def test_what_is_no_mosaic_is_refused() -> None:
    plain = Image(np.ones((8, 8)))
    with pytest.raises(InputError, match="says no Bayer pattern"):
        debayer(plain)
    with pytest.raises(InputError, match="the image has three channels"):
        debayer(Image(np.ones((3, 8, 8))))
    with pytest.raises(InputError, match="a mosaic of 1 × 8 px"):
        debayer(Image(np.ones((8, 1)), cfa="RGGB"))
    assert debayer(plain, pattern="GBRG").data.shape == (3, 8, 8)
    recorder = Recorder()
    debayer(plain.replace(cfa="RGGB"), pattern="BGGR", ctx=recorder)
    assert "its pattern is RGGB, it is debayered as BGGR" in recorder.warnings[0]


def test_a_mosaic_is_split_into_its_planes() -> None:
    """Pixels bit for bit, each at its place of the sky."""
    image = mosaic(texture((31, 45)), "GRBG").replace(
        wcs=Wcs(CARDS), header=Header((("XPIXSZ", 3.76, ""), ("BAYERPAT", "odd", ""))), weight=0.5
    )
    raw, sky = image.data[0], Wcs(CARDS).astropy()
    for index, part in enumerate(split(image)):
        y, x = divmod(index, 2)
        np.testing.assert_array_equal(part.data[0], raw[y:30:2, x:44:2])
        assert part.wcs is not None
        found = part.wcs.astropy().all_pix2world([0, 21], [0, 14], 0)
        wanted = sky.all_pix2world([x, 42 + x], [y, 28 + y], 0)
        np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-10)
        assert (part.cfa, part.weight, part.header.get("XPIXSZ")) == (None, 0.5, 7.52)
        assert part.header.get("BAYERPAT") is None
    with pytest.raises(InputError, match="the image has three channels"):
        split(Image(np.ones((3, 8, 8))))
