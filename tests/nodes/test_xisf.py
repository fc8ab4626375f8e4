"""XISF against files of other writers, and against blocks packed by hand."""

from __future__ import annotations

import base64
import hashlib
import struct
import sys
import zlib
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import lz4.block
import numpy as np
import pytest
import zstandard
from astropy.io import fits

from graph.errors import InputError
from nodes.formats.orientation import flip_wcs
from nodes.formats.xisf import write
from nodes.values import Header, Image, Wcs
from tests.nodes.recording import Recorder, load


def make(path: Path, attributes: str, block: bytes = b"", inside: str = "") -> Path:
    """A file by hand, with one attached block at byte 4096."""
    place = "" if "location=" in attributes else f' location="attachment:4096:{len(block)}"'
    header = (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<xisf version="1.0" xmlns="http://www.pixinsight.com/xisf">'
        f"<Image {attributes}{place}>{inside}</Image></xisf>"
    ).encode()
    start = b"XISF0100" + struct.pack("<II", len(header), 0) + header
    assert len(start) <= 4096
    path.write_bytes(start.ljust(4096, b"\0") + block)
    return path


def shuffled(raw: bytes, item: int) -> bytes:
    """Byte shuffling as the specification tells it: first bytes first, then the second …"""
    whole = len(raw) // item * item
    return b"".join(raw[i:whole:item] for i in range(item)) + raw[whole:]


PACKERS: dict[str, Any] = {
    "zlib": zlib.compress,
    "lz4": lambda raw: lz4.block.compress(raw, store_size=False),
    "lz4hc": lambda raw: lz4.block.compress(raw, mode="high_compression", store_size=False),
    "zstd": lambda raw: zstandard.ZstdCompressor().compress(raw),
}
GREY = 'geometry="7:5:1" colorSpace="Gray"'


def test_files_of_another_writer(real_data: Path) -> None:
    folder = real_data / "xisf" / "real"
    rgb = fits.getdata(folder / "rgb_truth.fits")
    mono = fits.getdata(folder / "mono_truth.fits")
    found = sorted(folder.glob("*.xisf"))
    assert len(found) == 9
    for path in found:
        image, said = load(path)
        truth = rgb if path.name.startswith("rgb") else (mono[None] / 65535).astype(np.float32)
        np.testing.assert_array_equal(image.data, truth, err_msg=path.name)
        assert said == []
        if path.name.startswith("rgb"):
            assert image.header.get("EXPTIME") == 53.9
            assert ("Observation:Object:Name", "String", "NGC 6976") in image.properties


def test_files_of_pixinsight(real_data: Path) -> None:
    # read off the stored bytes: 0x8000 where the files are not from the codec series
    levels = {"f32": 0.5, "u16": 0x8000 / 65535, "u8": 128 / 255}
    for path in sorted((real_data / "xisf").glob("4*.xisf")):
        image, said = load(path)
        name = path.stem.partition("-")[2]
        level = levels.get(name.removesuffix("-embedded"), 42 / 65535)
        np.testing.assert_array_equal(image.data, np.float32(level), err_msg=path.name)
        assert image.data.shape[1:] == ((30, 40) if path.name.startswith("40x") else (300, 400))
        assert said == []
    ramp, _ = load(real_data / "xisf" / "test.xisf")
    np.testing.assert_array_equal(
        np.round(ramp.data[0, 0] * 65535), [5, 7, 4, 2, 1, 1, 1, 5]
    )  # BQAHAAQAAgABAAEAAQAFAA in base64


@pytest.mark.parametrize(
    ("name", "cause"),
    [
        ("attachment_past_end", "cut short or damaged"),
        ("checksum_wrong", "checksum"),
        ("codec_unknown", "brotli"),
        ("geometry_bigger_than_data", "40000000"),
        ("geometry_negative", "-50:40:1"),
        ("header_length_huge", "4294967280"),
        ("header_length_zero", "header of 0 bytes"),
        ("signature_0200", "XISF0200"),
        ("signature_only", "8 bytes"),
        ("size_claims_1tb", "1000000000000"),
        ("truncated_data", "cut short"),
        ("truncated_header", "cut short"),
        ("xml_entity_bomb", "entities"),
        ("xml_not_closed", "XML"),
    ],
)
def test_broken_file(real_data: Path, name: str, cause: str) -> None:
    with pytest.raises(InputError, match=cause) as caught:
        load(real_data / "xisf" / "broken" / f"{name}.xisf")
    assert f"{name}.xisf" in str(caught.value)


@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("codec", PACKERS)
@pytest.mark.parametrize("kind", ["u2", "f4", "f8"])
def test_codecs(tmp_path: Path, codec: str, shuffle: bool, kind: str) -> None:
    values = np.arange(35).astype(kind).reshape(5, 7)
    if kind != "u2":
        values /= 100
    item = values.itemsize
    raw = values.tobytes()
    block = PACKERS[codec](shuffled(raw, item) if shuffle else raw)
    name = {"u2": "UInt16", "f4": "Float32", "f8": "Float64"}[kind]
    packing = f"{codec}+sh:{len(raw)}:{item}" if shuffle else f"{codec}:{len(raw)}"
    attributes = f'{GREY} sampleFormat="{name}" bounds="0:1" compression="{packing}"'
    image, _ = load(make(tmp_path / "a.xisf", attributes, block))
    truth = values / 65535 if kind == "u2" else values
    np.testing.assert_array_equal(image.data[0], truth.astype(np.float32))


@pytest.mark.parametrize("codec", PACKERS)
def test_subblocks(tmp_path: Path, codec: str) -> None:
    values = np.random.default_rng(0).integers(0, 65535, (5, 7)).astype("<u2")
    raw = shuffled(values.tobytes(), 2)
    parts = [raw[:31], raw[31:32], raw[32:]]
    packed = [PACKERS[codec](part) for part in parts]
    pairs = ":".join(f"{len(p)},{len(q)}" for p, q in zip(packed, parts, strict=True))
    attributes = f'{GREY} sampleFormat="UInt16" compression="{codec}+sh:70:2" subblocks="{pairs}"'
    image, _ = load(make(tmp_path / "a.xisf", attributes, b"".join(packed)))
    np.testing.assert_array_equal(image.data[0], (values / 65535).astype(np.float32))
    wrong = attributes.replace(",31:", ",32:")
    with pytest.raises(InputError, match="do not add up"):
        load(make(tmp_path / "b.xisf", wrong, b"".join(packed)))


@pytest.mark.parametrize("name", ["sha1", "sha-1", "sha-256", "sha-512", "sha3-256", "sha3-512"])
def test_checksums(tmp_path: Path, name: str) -> None:
    raw = np.arange(35, dtype="<u2").tobytes()
    inner = name.replace("sha3-", "sha3_").replace("sha-", "sha")
    total = hashlib.new(inner, raw).hexdigest()
    attributes = f'{GREY} sampleFormat="UInt16" checksum="{name}:{total}"'
    load(make(tmp_path / "a.xisf", attributes, raw))
    with pytest.raises(InputError, match="checksum"):
        load(make(tmp_path / "a.xisf", attributes, raw[:-1] + b"x"))


@pytest.mark.parametrize(("package", "codec"), [("zstandard", "zstd"), ("lz4.block", "lz4hc")])
def test_missing_package_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: str, codec: str
) -> None:
    attributes = f'{GREY} sampleFormat="UInt16" compression="{codec}:70"'
    path = make(tmp_path / "a.xisf", attributes, PACKERS[codec](bytes(70)))
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(InputError, match=r"pip install linearlink\[xisf\]"):
        load(path)


@pytest.mark.parametrize("storage", ["Planar", "Normal"])
@pytest.mark.parametrize("order", ["little", "big"])
@pytest.mark.parametrize(("name", "kind"), [("UInt8", "u1"), ("UInt16", "u2"), ("UInt32", "u4"),
                                            ("Float32", "f4"), ("Float64", "f8")])  # fmt: skip
def test_samples(tmp_path: Path, storage: str, order: str, name: str, kind: str) -> None:
    values = np.random.default_rng(0).random((3, 5, 7))
    top = 1 if kind.startswith("f") else float(np.iinfo(kind).max)
    stored = (values * top).astype(kind)
    laid = stored if storage == "Planar" else stored.transpose(1, 2, 0)
    raw = laid.astype((">" if order == "big" else "<") + kind).tobytes()
    attributes = (
        f'geometry="7:5:3" colorSpace="RGB" sampleFormat="{name}" bounds="0:1" '
        f'byteOrder="{order}" pixelStorage="{storage}"'
    )
    image, _ = load(make(tmp_path / "a.xisf", attributes, raw))
    np.testing.assert_array_equal(image.data, (stored / top).astype(np.float32))
    assert image.white == top


def test_bounds(tmp_path: Path) -> None:
    values = np.float32([[100, 200, 300, 0, 0, 0, 0]] * 5)
    attributes = f'{GREY} sampleFormat="Float32" bounds="100:300"'
    image, _ = load(make(tmp_path / "a.xisf", attributes, values.tobytes()))
    np.testing.assert_allclose(image.data[0, 0, :4], [0, 0.5, 1, -0.5], rtol=1e-6)
    attributes = f'{GREY} sampleFormat="Float32" bounds="0:65535"'
    image, _ = load(make(tmp_path / "a.xisf", attributes, values.tobytes()))
    np.testing.assert_allclose(image.data[0, 0, 0], 100 / 65535, rtol=1e-6)
    attributes = f'{GREY} sampleFormat="Float32" bounds="0:1"'
    image, _ = load(make(tmp_path / "a.xisf", attributes, values.tobytes()))
    assert image.data[0, 0, 0] == 100
    with pytest.raises(InputError, match="bounds '1:0'"):
        load(make(tmp_path / "a.xisf", f'{GREY} sampleFormat="Float32" bounds="1:0"', bytes(140)))


@pytest.mark.parametrize("place", ["inline:base64", "inline:hex", "embedded"])
def test_blocks_inside_the_header(tmp_path: Path, place: str) -> None:
    values = np.arange(6, dtype="<u2").reshape(2, 3)
    packed = zlib.compress(values.tobytes())
    text = packed.hex() if place == "inline:hex" else base64.b64encode(packed).decode()
    attributes = f'geometry="3:2:1" sampleFormat="UInt16" location="{place}"'
    if place == "embedded":
        inside = f'<Data encoding="base64" compression="zlib:12">\n {text}\n</Data>'
    else:
        inside, attributes = f"\n{text}\n", f'{attributes} compression="zlib:12"'
    image, _ = load(make(tmp_path / "a.xisf", attributes, inside=inside))
    np.testing.assert_array_equal(image.data[0], (values / 65535).astype(np.float32))


@pytest.mark.parametrize(
    ("attributes", "cause"),
    [
        ('geometry="7:5" sampleFormat="UInt8"', "geometry"),
        ('geometry="0:5:1" sampleFormat="UInt8"', "geometry"),
        ('geometry="99999999:99999999:3" sampleFormat="Float64"', "needed"),
        (f'{GREY} sampleFormat="Complex32"', "Complex32"),
        (f'{GREY} sampleFormat="UInt8" pixelStorage="Odd"', "Odd"),
        (f'{GREY} sampleFormat="UInt8" location="url(http://x)"', "outside of the file"),
        (f'{GREY} sampleFormat="UInt8" location="attachment:1"', "makes no sense"),
        (f'{GREY} sampleFormat="UInt8" location="attachment:-1:35"', "makes no sense"),
        (f'{GREY} sampleFormat="UInt8" location="embedded"', "no Data"),
        (f'{GREY} sampleFormat="UInt8" location="inline:base64"', "0 bytes"),
        (f'{GREY} sampleFormat="UInt8" checksum="md5:00"', "md5"),
        (f'{GREY} sampleFormat="UInt8" compression="zlib:35"', "unpack"),
        (f'{GREY} sampleFormat="UInt8" compression="zstd:35"', "unpack"),
        (f'{GREY} sampleFormat="UInt8" compression="lz4:35"', "unpack"),
        ('geometry="100000:100000:1" sampleFormat="UInt8" compression="zstd:10000000000"',
         "cannot unpack"),
        ('geometry="5:1:7" sampleFormat="UInt8"', "7 channels"),
    ],
)  # fmt: skip
def test_nonsense_is_one_clear_error(tmp_path: Path, attributes: str, cause: str) -> None:
    with pytest.raises(InputError, match=cause) as caught:
        load(make(tmp_path / "a.xisf", attributes, bytes(range(35))))
    assert "a.xisf" in str(caught.value)


def test_no_image(tmp_path: Path) -> None:
    header = b'<xisf version="1.0"/>'
    content = b"XISF0100" + struct.pack("<II", len(header), 0) + header
    (tmp_path / "a.xisf").write_bytes(content)
    with pytest.raises(InputError, match="the file holds 0"):
        load(tmp_path / "a.xisf")


PROPERTIES = (
    ("A:Bool", "Boolean", True),
    ("A:Int", "Int32", -5),
    ("A:Big", "UInt64", 2**63),
    ("A:Float", "Float64", 0.1),
    ("A:Text", "String", "Größe <&> \"5\"\n next"),
    ("A:Time", "TimePoint", "2024-01-02T03:04:05Z"),
    ("A:Vector", "F64Vector", np.array([1.5, -2.5, np.pi])),
    ("A:Matrix", "F64Matrix", np.arange(6.0).reshape(2, 3)),
    ("A:Ints", "I32Vector", np.array([-1, 2**30], np.int32)),
    ("A:Bytes", "ByteArray", np.arange(256, dtype=np.uint8)),
    ("A:Complex", "C64Vector", np.array([1 + 2j])),
    ("A:None", "F32Vector", np.zeros(0, np.float32)),
)  # fmt: skip


def test_properties_come_back(tmp_path: Path) -> None:
    write(tmp_path / "a.xisf", Image(np.zeros((2, 2)), properties=PROPERTIES))
    image, said = load(tmp_path / "a.xisf")
    assert said == []
    assert len(image.properties) == len(PROPERTIES)
    for (name, kind, value), found in zip(PROPERTIES, image.properties, strict=True):
        assert found[:2] == (name, kind)
        assert type(found[2]) is type(value)
        np.testing.assert_array_equal(found[2], value)
        if isinstance(value, np.ndarray):
            assert found[2].dtype == value.dtype


def test_properties_of_other_writers(tmp_path: Path) -> None:
    vector = base64.b64encode(np.array([1, 2], ">f4").tobytes()).decode()
    inside = (
        '<Property id="A" type="F32Vector" length="2" byteOrder="big" location="inline:base64">'
        f'{vector}</Property><Property id="B" type="String">text</Property>'
        '<Property id="C" type="String" value="value"/>'
        '<Property id="D" type="Table"/><Property id="E" type="Int32" value="x"/>'
        '<Property id="F" type="F64Vector" length="999999999999" location="inline:hex">00'
        "</Property>"
    )
    image, said = load(make(tmp_path / "a.xisf", f'{GREY} sampleFormat="UInt8"', bytes(35), inside))
    assert [p[0] for p in image.properties] == ["A", "B", "C"]
    np.testing.assert_array_equal(image.properties[0][2], [1, 2])
    assert [image.properties[i][2] for i in (1, 2)] == ["text", "value"]
    assert len(said) == 3


SOLUTION = (
    ("CTYPE1", "RA---TAN", ""), ("CTYPE2", "DEC--TAN", ""), ("CRVAL1", 10.5, ""),
    ("CRVAL2", 41.2, ""), ("CRPIX1", 2.5, ""), ("CRPIX2", 1.25, ""), ("CD1_1", -3e-4, ""),
    ("CD1_2", 1e-5, ""), ("CD2_1", 2e-5, ""), ("CD2_2", 3e-4, ""),
)  # fmt: skip


def test_keywords_count_rows_from_the_bottom(tmp_path: Path) -> None:
    """PixInsight: y of an image is height + 0.5 - CRPIX2, and CD is that of rows going up."""
    inside = "".join(
        f'<FITSKeyword name="{k}" value="{v!r}" comment="{c}"/>' for k, v, c in SOLUTION
    )
    image, _ = load(make(tmp_path / "a.xisf", f'{GREY} sampleFormat="UInt8"', bytes(35), inside))
    assert image.wcs == flip_wcs(Wcs(SOLUTION), 2, 5)
    assert image.wcs is not None
    assert image.wcs.get("CRPIX2") == 5 + 1 - 1.25
    assert image.wcs.get("CD2_2") == -3e-4


def test_solution_of_pixinsight_properties(tmp_path: Path) -> None:
    """The reference pixel at the outer corner (0, 0) of the image is CRPIX 0.5."""
    prefix = "PCL:AstrometricSolution:"
    properties = (
        (f"{prefix}ProjectionSystem", "String", "Gnomonic"),
        (f"{prefix}ReferenceCelestialCoordinates", "F64Vector", np.array([10.5, 41.2])),
        (f"{prefix}ReferenceImageCoordinates", "F64Vector", np.array([2.0, 3.0])),
        (f"{prefix}LinearTransformationMatrix", "F64Matrix", np.array([[-3e-4, 0], [0, -3e-4]])),
    )
    write(tmp_path / "a.xisf", Image(np.zeros((5, 7)), properties=properties))
    image, _ = load(tmp_path / "a.xisf")
    assert image.wcs is not None
    world = image.wcs.astropy()
    np.testing.assert_allclose(world.all_pix2world(1.5, 2.5, 0), [10.5, 41.2], atol=1e-10)
    assert world.all_pix2world(1.5, 1.5, 0)[1] > 41.2  # north is up, towards row 0


def test_everything_comes_back(tmp_path: Path) -> None:
    data = np.random.default_rng(0).normal(0, 3, (3, 40, 31)).astype(np.float32)
    data[0, 0, 0] = np.nan
    cards = (("OBJECT", "it's", "a name"), ("EXPTIME", 300.5, "s"), ("COOLED", True, ""),
             ("HISTORY", "one", ""), ("FILTER", "Größe", ""), ("NOTHING", None, ""),
             ("HISTORY", "two", ""), ("GAIN", 100, ""))  # fmt: skip
    for linear in (True, False):
        image = Image(
            data, header=Header(cards), wcs=Wcs(SOLUTION), linear=linear, color_calibrated=linear
        )
        write(tmp_path / "a.xisf", image)
        again, said = load(tmp_path / "a.xisf")
        assert said == []
        np.testing.assert_array_equal(again.data.view("u4"), data.view("u4"))
        assert again.header == image.header
        assert again.wcs == image.wcs
        assert (again.linear, again.color_calibrated) == (linear, linear)
    write(tmp_path / "b.xisf", image)
    assert (tmp_path / "a.xisf").read_bytes() == (tmp_path / "b.xisf").read_bytes()


def test_mosaic_and_integers_come_back(tmp_path: Path) -> None:
    codes = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    write(tmp_path / "a.xisf", Image(codes / 65535, cfa="GBRG"), bits=16)
    again, _ = load(tmp_path / "a.xisf")
    np.testing.assert_array_equal(again.data[0], (codes / 65535).astype(np.float32))
    assert again.cfa == "GBRG"
    recorder = Recorder()
    write(tmp_path / "b.xisf", Image(np.array([[np.nan, 2, 0.5]])), bits=8, ctx=recorder)
    np.testing.assert_array_equal(load(tmp_path / "b.xisf")[0].data[0, 0] * 255, [0, 255, 128])
    assert len(recorder.warnings) == 2


def test_what_we_write_follows_the_specification(tmp_path: Path) -> None:
    data = np.random.default_rng(0).random((3, 4, 5), np.float32)
    write(tmp_path / "a.xisf", Image(data, header=Header((("OBJECT", "M 31", ""),))))
    content = (tmp_path / "a.xisf").read_bytes()
    assert content[:8] == b"XISF0100"
    length = int.from_bytes(content[8:12], "little")
    assert content[12:16] == bytes(4)
    root = ElementTree.fromstring(content[16 : 16 + length])
    space = "{http://www.pixinsight.com/xisf}"
    image = root.find(f"{space}Image")
    assert image is not None
    assert image.get("geometry") == "5:4:3"
    assert image.get("bounds") == "0:1"
    assert image.get("colorSpace") == "RGB"
    _, position, size = (image.get("location") or "").split(":")
    assert int(position) >= 16 + length
    assert int(position) + int(size) == len(content)
    block = content[int(position) : int(position) + int(size)]
    np.testing.assert_array_equal(np.frombuffer(block, "<f4").reshape(3, 4, 5), data)
    keyword = image.find(f"{space}FITSKeyword")
    assert keyword is not None
    assert keyword.attrib == {"name": "OBJECT", "value": "'M 31'", "comment": ""}
    assert {e.get("id") for e in root.findall(f"{space}Metadata/{space}Property")} == {
        "XISF:CreationTime", "XISF:CreatorApplication"}  # fmt: skip


def test_forced_row_order(tmp_path: Path) -> None:
    data = np.arange(6, dtype=np.float32).reshape(3, 2) / 10
    write(tmp_path / "a.xisf", Image(data, cfa="RGGB"))
    image, _ = load(tmp_path / "a.xisf", row_order="bottom-up")
    np.testing.assert_array_equal(image.data[0], data[::-1])
