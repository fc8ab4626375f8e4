"""PNG and JPEG against pillow, and against PNG rows filtered by hand."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from graph.errors import InputError
from nodes.formats import jpeg, png
from nodes.values import Header, Image
from tests.nodes.recording import Recorder, load


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def make(path: Path, width: int, height: int, depth: int, kind: int, raw: bytes,
         interlace: int = 0) -> Path:  # fmt: skip
    header = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, interlace)
    packed = zlib.compress(raw)
    half = len(packed) // 2
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed[:half])
        + chunk(b"IDAT", packed[half:]) + chunk(b"IEND", b"")
    )  # fmt: skip
    return path


def filtered(rows: np.ndarray, step: int, kinds: list[int]) -> bytes:
    """The rows of bytes through the filters, written down as the standard has them."""
    out = bytearray()
    for y, kind in enumerate(kinds):
        out.append(kind)
        for x in range(rows.shape[1]):
            left = int(rows[y, x - step]) if x >= step else 0
            up = int(rows[y - 1, x]) if y else 0
            corner = int(rows[y - 1, x - step]) if y and x >= step else 0
            estimate = left + up - corner
            nearest = min((left, up, corner), key=lambda v, p=estimate: abs(p - v))
            guess = [0, left, up, (left + up) // 2, nearest][kind]
            out.append((int(rows[y, x]) - guess) % 256)
    return bytes(out)


@pytest.mark.parametrize(("kind", "channels"), [(0, 1), (2, 3), (4, 2), (6, 4)])
@pytest.mark.parametrize("size", [(1, 1), (7, 11), (12, 5)])
def test_16_bit_with_every_filter(
    tmp_path: Path, kind: int, channels: int, size: tuple[int, int]
) -> None:
    height, width = size
    rng = np.random.default_rng(kind)
    stored = rng.integers(0, 65536, (height, width, channels), dtype=np.uint16)
    stored[: height // 2] %= 3  # estimates of the Paeth filter that tie
    rows = stored.astype(">u2").reshape(height, -1).view(np.uint8)
    raw = filtered(rows, 2 * channels, [y % 5 for y in range(height)][::-1])
    image, said = load(make(tmp_path / "a.png", width, height, 16, kind, raw))
    colours = 3 if channels > 2 else 1
    truth = (stored[..., :colours].transpose(2, 0, 1) / 65535).astype(np.float32)
    np.testing.assert_array_equal(image.data, truth)
    assert image.linear
    assert ("alpha" in "".join(said)) == (channels in (2, 4))


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (8, 8), (17, 13)])
def test_16_bit_interlaced(tmp_path: Path, size: tuple[int, int]) -> None:
    height, width = size
    stored = np.random.default_rng(0).integers(0, 65536, (height, width, 3), dtype=np.uint16)
    grid = ["16462646", "77777777", "56565656", "77777777", "36463646", "77777777", "56565656",
            "77777777"]  # fmt: skip
    raw = b""
    for number in "1234567":
        keep = np.array([[grid[y % 8][x % 8] == number for x in range(width)]
                         for y in range(height)])  # fmt: skip
        lines, columns = keep.any(1), keep.any(0)
        if keep.any():
            part = stored[np.ix_(lines, columns)].astype(">u2")
            part = part.reshape(lines.sum(), -1).view(np.uint8)
            raw += filtered(part, 6, [(y + 1) % 5 for y in range(len(part))])
    image, _ = load(make(tmp_path / "a.png", width, height, 16, 2, raw, interlace=1))
    np.testing.assert_array_equal(
        image.data, (stored.transpose(2, 0, 1) / 65535).astype(np.float32)
    )


def test_16_bit_grey_of_pillow(tmp_path: Path) -> None:
    stored = np.random.default_rng(0).integers(0, 65536, (30, 40), dtype=np.uint16)
    Pillow.fromarray(stored).save(tmp_path / "a.png")
    image, _ = load(tmp_path / "a.png")
    np.testing.assert_array_equal(image.data[0], (stored / 65535).astype(np.float32))


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "LA", "RGBA"])
def test_8_bit_of_pillow(tmp_path: Path, mode: str) -> None:
    colours = np.random.default_rng(0).integers(0, 256, (30, 40, 3), dtype=np.uint8)
    picture = Pillow.fromarray(colours).convert(mode)
    picture.save(tmp_path / "a.png")
    image, said = load(tmp_path / "a.png")
    truth = np.asarray(picture.convert("L" if mode in ("1", "L", "LA") else "RGB"))
    truth = truth[None] if truth.ndim == 2 else truth.transpose(2, 0, 1)
    np.testing.assert_array_equal(image.data, (truth / 255).astype(np.float32))
    assert not image.linear
    assert bool(said) == mode.endswith("A")
    assert load(tmp_path / "a.png", linear="linear")[0].linear


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("shape", [(1, 1, 1), (3, 1, 1), (1, 9, 5), (3, 300, 1501)])
def test_what_we_write(tmp_path: Path, bits: int, shape: tuple[int, ...]) -> None:
    top = 2**bits - 1
    codes = np.random.default_rng(0).integers(0, top, shape, endpoint=True)
    image = Image(codes / top, linear=bits == 16, header=Header((("OBJECT", "M 31", ""),)))
    png.write(tmp_path / "a.png", image, bits=bits)
    again, said = load(tmp_path / "a.png")
    assert said == []
    np.testing.assert_array_equal(np.round(again.data * top), codes)
    assert (again.linear, again.header) == (image.linear, image.header)
    with Pillow.open(tmp_path / "a.png") as picture:
        picture.verify()
    seen = np.asarray(Pillow.open(tmp_path / "a.png"))
    seen = seen[None] if seen.ndim == 2 else seen.transpose(2, 0, 1)
    if bits == 8 or shape[0] == 1:
        np.testing.assert_array_equal(seen, codes)
    else:  # pillow keeps the upper byte of 16-bit colour
        np.testing.assert_array_equal(seen, codes >> 8)
    png.write(tmp_path / "b.png", image, bits=bits)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_all_16_bit_codes_and_counts(tmp_path: Path) -> None:
    codes = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    png.write(tmp_path / "a.png", Image(codes / 65535))
    np.testing.assert_array_equal(np.asarray(Pillow.open(tmp_path / "a.png")), codes)
    recorder = Recorder()
    png.write(tmp_path / "b.png", Image(np.array([[np.nan, 2, -1, 0.5]])), ctx=recorder)
    assert "2 values outside" in recorder.warnings[0]
    assert "1 missing" in recorder.warnings[1]
    assert np.asarray(Pillow.open(tmp_path / "b.png")).tolist() == [[0, 65535, 0, 32768]]


def test_stretched_16_bit_is_remembered(tmp_path: Path) -> None:
    png.write(tmp_path / "a.png", Image(np.zeros((2, 2)), linear=False))
    assert not load(tmp_path / "a.png")[0].linear


@pytest.mark.parametrize("bits", [8, 16])
def test_damaged_png(tmp_path: Path, bits: int) -> None:
    noise = np.random.default_rng(0).random((3, 20, 30))
    png.write(tmp_path / "a.png", Image(noise), bits=bits)
    content = (tmp_path / "a.png").read_bytes()
    for cut in (8, 20, 40, 200, len(content) - 5):
        (tmp_path / "b.png").write_bytes(content[:cut])
        with pytest.raises(InputError, match=r"b\.png"):
            load(tmp_path / "b.png")
    for position in (17, 30, len(content) // 2):
        wrong = bytearray(content)
        wrong[position] ^= 255
        (tmp_path / "b.png").write_bytes(wrong)
        with pytest.raises(InputError, match=r"b\.png"):
            load(tmp_path / "b.png")


@pytest.mark.parametrize(
    ("width", "height", "depth", "kind", "raw", "cause"),
    [
        (0, 5, 16, 0, b"", "0 × 5"),
        (2, 2, 16, 9, bytes(10), "colour type 9"),
        (60000, 60000, 16, 2, bytes(100), "cannot come from"),
        (60000, 60000, 8, 2, bytes(100), "cannot come from"),
        (2, 2, 16, 0, bytes(9), "9 of 10 bytes"),
        (2, 2, 16, 0, bytes(5) + b"\7" + bytes(4), "row 1 has an unknown filter"),
    ],
)
def test_nonsense_png(
    tmp_path: Path, width: int, height: int, depth: int, kind: int, raw: bytes, cause: str
) -> None:
    with pytest.raises(InputError, match=cause):
        load(make(tmp_path / "a.png", width, height, depth, kind, raw))


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_jpeg_of_pillow(tmp_path: Path, mode: str) -> None:
    ramp = np.linspace(0, 255, 64 * 48 * 3).reshape(48, 64, 3).astype(np.uint8)
    Pillow.fromarray(ramp).convert(mode).save(tmp_path / "a.jpg", quality=95)
    image, _ = load(tmp_path / "a.jpg")
    truth = np.asarray(Pillow.open(tmp_path / "a.jpg").convert("L" if mode == "L" else "RGB"))
    truth = truth[None] if truth.ndim == 2 else truth.transpose(2, 0, 1)
    np.testing.assert_array_equal(image.data, (truth / 255).astype(np.float32))
    assert not image.linear


def test_jpeg_of_a_turned_camera(tmp_path: Path) -> None:
    ramp = np.tile(np.arange(64, dtype=np.uint8) * 4, (32, 1))
    exif = Pillow.Exif()
    exif[274] = 6  # the top of the stored rows is the right side of the scene
    Pillow.fromarray(ramp).save(tmp_path / "a.jpg", exif=exif, quality=100)
    image, _ = load(tmp_path / "a.jpg")
    assert image.data.shape == (1, 64, 32)
    assert image.data[0, -1].mean() > image.data[0, 0].mean() + 0.9


@pytest.mark.parametrize("channels", [1, 3])
def test_jpeg_we_write(tmp_path: Path, channels: int) -> None:
    smooth = np.linspace(0, 1, 64 * 48).reshape(1, 48, 64).repeat(channels, 0)
    jpeg.write(tmp_path / "a.jpg", Image(smooth, linear=False), quality=100)
    jpeg.write(tmp_path / "b.jpg", Image(smooth, linear=False), quality=20)
    image, _ = load(tmp_path / "a.jpg")
    assert image.channels == channels
    np.testing.assert_allclose(image.data, smooth, atol=0.02)
    assert (tmp_path / "b.jpg").stat().st_size < (tmp_path / "a.jpg").stat().st_size


def test_damaged_jpeg(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).random((3, 60, 60))
    jpeg.write(tmp_path / "a.jpg", Image(noise))
    content = (tmp_path / "a.jpg").read_bytes()
    for cut in (3, 100, 400, len(content) // 2):
        (tmp_path / "b.jpg").write_bytes(content[:cut])
        with pytest.raises(InputError, match=r"b\.jpg cannot be read as JPEG"):
            load(tmp_path / "b.jpg")
    with pytest.raises(InputError, match="65500"):
        jpeg.write_pixels(tmp_path / "c.jpg", np.zeros((1, 65501, 1), np.uint8))
