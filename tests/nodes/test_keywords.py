"""Every keyword that means the same, one by one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits

from nodes.formats import files
from nodes.formats.keywords import read_field

ALIASES: list[tuple[str, dict[str, Any], Any]] = [
    ("exposure", {"EXPTIME": 300.0}, 300),
    ("exposure", {"EXPOSURE": 12}, 12),
    ("exposure", {"EXPTIME": "60 s"}, 60),
    ("exposure", {"EXPTIME": "10,5"}, 10.5),
    ("exposure", {"EXPOSURE": 5, "EXPTIME": 6}, 6),
    ("exposure", {"EXPTIME": "unknown", "EXPOSURE": 7}, 7),
    ("start", {"DATE-OBS": "2024-07-31T02:44:22.705983"}, "2024-07-31T02:44:22.705983"),
    ("start", {"DATE-BEG": "2024-07-31T02:44:22"}, "2024-07-31T02:44:22"),
    ("start", {"DATE": "2024-07-31", "TIME-OBS": "02:44:22"}, "2024-07-31T02:44:22"),
    ("start", {"DATE-OBS": "2017-12-19T18:33:43.317-0700"}, "2017-12-20T01:33:43.317"),
    ("type", {"IMAGETYP": "Light"}, "light"),
    ("type", {"IMAGETYP": "light frame"}, "light"),
    ("type", {"FRAMETYP": "OBJECT"}, "light"),
    ("type", {"FRAME": "Science"}, "light"),
    ("type", {"IMGTYPE": "Bias Frame"}, "bias"),
    ("type", {"IMAGETYP": "zero"}, "bias"),
    ("type", {"IMAGETYP": "Offset"}, "bias"),
    ("type", {"IMAGETYP": "Dark Frame"}, "dark"),
    ("type", {"IMAGETYP": "Master Dark"}, "dark"),
    ("type", {"IMAGETYP": "FLAT"}, "flat"),
    ("type", {"IMAGETYP": "Dark Flat"}, "flatdark"),
    ("type", {"IMAGETYP": "FlatDark"}, "flatdark"),
    ("type", {"IMAGETYP": "darkflat"}, "flatdark"),
    ("type", {"IMAGETYP": "Flat Field"}, "flat"),
    ("type", {"IMAGETYP": "TWILIGHT"}, "flat"),
    ("type", {"IMAGETYP": "Twilight Flat"}, "flat"),
    ("type", {"IMAGETYP": "Flat Dark Frame"}, "flatdark"),
    ("type", {"IMAGETYP": "LIGHT"}, "light"),
    ("type", {"IMAGETYP": "SNAPSHOT"}, None),
    ("type", {"FRAME": "Light"}, "light"),
    ("type", {"OBSTYPE": "OBJECT"}, "light"),
    ("type", {"PICTTYPE": 3}, "dark"),
    ("type", {"PICTTYPE": 9}, None),
    ("type", {"IMAGETYP": "odd"}, None),
    ("master", {"IMAGETYP": "Master Dark"}, True),
    ("master", {"IMAGETYP": "masterFlat"}, True),
    ("master", {"IMAGETYP": "Dark"}, False),
    ("master", {}, None),
    ("filter", {"FILTER": " Ha "}, "Ha"),
    ("filter", {"FILT-1": "R"}, "R"),
    ("filter", {"INSFLNAM": "OIII"}, "OIII"),
    ("gain", {"GAIN": 100}, 100),
    ("gain", {"GAIN": -1}, None),  # as ASCOM says that it knows none
    ("gain", {"ISOSPEED": 800}, 800),
    ("offset", {"OFFSET": 50}, 50),
    ("offset", {"BLKLEVEL": 51}, 51),
    ("electrons", {"EGAIN": 0.25}, 0.25),
    ("electrons", {"CVF": 0.5}, 0.5),
    *(("temperature", {key: -10.5}, -10.5)
      for key in ("CCD-TEMP", "CCD_TEMP", "CCDTEMP", "TEMPERAT", "CAMTCCD", "SET-TEMP")),
    ("temperature", {"CCD-TEMP": "-20C"}, -20),
    ("temperature", {"SET-TEMP": -10, "CCD-TEMP": -9.8}, -9.8),
    ("x_binning", {"XBINNING": 2}, 2),
    ("x_binning", {"BINX": 3}, 3),
    ("x_binning", {"CCDSUM": "2 3"}, 2),
    ("y_binning", {"YBINNING": 2}, 2),
    ("y_binning", {"BINY": 3}, 3),
    ("y_binning", {"CCDSUM": "2 3"}, 3),
    ("x_binning", {"XBINNING": "2x2"}, 2),
    *(("x_pixel", {key: 3.76}, 3.76)
      for key in ("XPIXSZ", "XPIXELSZ", "PIXSIZE1", "PIXSIZEX", "XPIXSIZE")),
    *(("y_pixel", {key: 3.76}, 3.76) for key in ("YPIXSZ", "PIXSIZE2", "PIXSIZEY")),
    ("focal_length", {"FOCALLEN": 530}, 530),
    ("focal_length", {"FOCAL": 530.5}, 530.5),
    ("focal_length", {"FLENGTH": 0.53}, 530),
    ("ra", {"RA": 83.633}, 83.633),
    ("ra", {"RA": "83.633"}, 83.633),
    ("ra", {"RA": "05:34:32"}, 83.6333333),
    ("ra", {"OBJCTRA": "05 34 32"}, 83.6333333),
    ("ra", {"RA_D": 83.633}, 83.633),
    ("dec", {"DEC": -5.5}, -5.5),
    ("dec", {"OBJCTDEC": "-00 30 00"}, -0.5),
    ("dec", {"OBJCTDEC": "+22 00 52"}, 22.0144444),
    ("dec", {"DEC_D": 22}, 22),
    ("object", {"OBJECT": "M 31"}, "M 31"),
    ("camera", {"INSTRUME": "ASI2600MM"}, "ASI2600MM"),
    ("telescope", {"TELESCOP": "FSQ106"}, "FSQ106"),
    ("latitude", {"SITELAT": "+47 30 00"}, 47.5),
    ("latitude", {"SITE-LAT": 47.5}, 47.5),
    ("latitude", {"OBSLAT": 47.5}, 47.5),
    ("longitude", {"SITELONG": -8.25}, -8.25),
    ("elevation", {"SITEELEV": 500}, 500),
    ("stacked", {"STACKCNT": 20}, 20),
    ("stacked", {"NCOMBINE": 21}, 21),
    ("total_exposure", {"LIVETIME": 6000}, 6000),
    ("pedestal", {"PEDESTAL": 100}, 100),
    ("exposure", {}, None),
]  # fmt: skip


@pytest.mark.parametrize(("field", "cards", "value"), ALIASES)
def test_alias(tmp_path: Path, field: str, cards: dict[str, Any], value: Any) -> None:
    fits.writeto(tmp_path / "a.fits", np.zeros((2, 2), np.uint16), fits.Header(cards))
    found = read_field(files.read(tmp_path / "a.fits").header, field)
    if isinstance(value, int | float):
        assert found == pytest.approx(value, abs=1e-6)
    else:
        assert found == value


def test_of_duplicates_the_first_counts() -> None:
    assert read_field([("FILTER", "R", ""), ("FILTER", "G", "")], "filter") == "R"
