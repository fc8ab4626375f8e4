"""The graphs that people open first: sound, saved as they are, and giving good pictures."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import json
import re
import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from graph.check import check
from graph.file import read, serialize
from graph.files import find_outside
from linearlink import main
from ui.packs import load_registry

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
GRAPHS = sorted(SAMPLES.glob("*.graph.json"))
WIDTH, HEIGHT = 960, 640


@pytest.mark.parametrize("path", GRAPHS, ids=lambda path: path.name)
def test_opens_without_a_mistake(path: Path) -> None:
    graph = read(path, load_registry(packs=False))
    assert check(graph) == []
    assert find_outside(graph) == []
    assert {"title", "description", "author", "license"} <= set(graph.meta)
    assert all(graph.inputs[name]["help"] for name in graph.inputs)
    for entry in graph.inputs.values():
        assert entry["param"] in graph.nodes[entry["node"]].params


@pytest.mark.parametrize("path", GRAPHS, ids=lambda path: path.name)
def test_r01_is_saved_byte_for_byte(path: Path) -> None:
    graph = read(path, load_registry(packs=False))
    assert serialize(graph).encode() == path.read_bytes()
    assert set(graph.view["nodes"]) == set(graph.nodes)


def test_all_samples_are_there_and_small() -> None:
    assert [path.name for path in GRAPHS] == [
        "first_light.graph.json",
        "many_frames.graph.json",
        "real_broadband.graph.json",
    ]
    files = [path for path in (SAMPLES / "data").rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 6 << 20


@pytest.mark.parametrize(
    ("name", "folder", "count"),
    [("make_first_light", "data", 3), ("make_many_frames", "data/many_frames", 24)],
)
def test_the_data_are_what_the_script_makes(
    name: str,
    folder: str,
    count: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    spec = importlib.util.spec_from_file_location(name, SAMPLES / f"{name}.py")
    assert spec
    assert spec.loader
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    monkeypatch.setattr(script, "FOLDER", tmp_path)
    script.main()
    made = sorted(tmp_path.iterdir())
    kept = sorted(path for path in (SAMPLES / folder).iterdir() if path.is_file())
    assert [path.name for path in made] == [path.name for path in kept]
    assert len(made) == count
    for path, other in zip(made, kept, strict=True):
        assert path.read_bytes() == other.read_bytes()


@pytest.fixture(scope="module")
def first_light(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The outputs of the first sample."""
    folder = tmp_path_factory.mktemp("first_light") / "samples"
    shutil.copytree(SAMPLES, folder, ignore=shutil.ignore_patterns("output", "__pycache__"))
    graph = folder / "first_light.graph.json"
    assert main(["run", str(graph), "--no-store", "--quiet"]) == 0
    return folder / "output"


def test_first_light_writes_what_it_promises(first_light: Path) -> None:
    assert sorted(path.name for path in first_light.iterdir()) == [
        "after_linked.png",
        "before_unlinked.png",
        "first_light.fits",
        "first_light.tif",
        "summary.txt",
    ]


def test_first_light_is_a_calibrated_image_on_a_neutral_background(first_light: Path) -> None:
    with fits.open(first_light / "first_light.fits") as hdus:
        data, header = hdus[0].data, hdus[0].header
    assert data.shape == (3, HEIGHT, WIDTH)
    assert data.dtype.kind == "f"
    assert np.isfinite(data).all()
    assert header["CRVAL1"] == pytest.approx(184.74)
    assert (header["CTYPE1"], header["EXPTIME"]) == ("RA---TAN", 300.0)
    medians = np.median(data, axis=(1, 2))
    mad = np.median(np.abs(data - medians[:, None, None]))
    assert np.ptp(medians) < 0.05 * mad  # neutral: what differs is far below the noise
    corner = np.s_[-90:, -90:]
    gradient = 0.02  # of the green channel, from the top left to the bottom right
    raw = fits.getdata(SAMPLES / "data" / "first_light_green.fits") / 65535
    assert np.median(raw[corner]) - np.median(raw[:90, :90]) > gradient
    left = np.median(data[1][corner]) - np.median(data[1, :90, :90])
    assert abs(left) < 0.02 * gradient


def test_first_light_stars_are_white_on_average(first_light: Path) -> None:
    """The sensor saw green twice as well as blue; calibration takes that out again."""
    data = fits.getdata(first_light / "first_light.fits")
    raw = np.array([
        fits.getdata(SAMPLES / "data" / f"first_light_{c}.fits") / 65535
        for c in ("red", "green", "blue")
    ])  # fmt: skip
    sky = np.median(raw, axis=(1, 2), keepdims=True)
    luminance = raw.mean(axis=0)
    stars = (luminance > 0.15) & (raw.max(axis=0) < 0.9)
    assert stars.sum() > 200
    before = (raw - sky)[:, stars].sum(axis=1)
    after = (data - np.median(data, axis=(1, 2), keepdims=True))[:, stars].sum(axis=1)
    assert before[1] / before[2] > 1.5
    assert after / after.mean() == pytest.approx(1, abs=0.15)


def test_first_light_pictures(first_light: Path) -> None:
    import tifffile
    from PIL import Image

    pictures = {}
    for name in ("before_unlinked", "after_linked"):
        with Image.open(first_light / f"{name}.png") as picture:
            assert (picture.size, picture.mode) == ((WIDTH, HEIGHT), "RGB")
            pictures[name] = np.asarray(picture).astype(float) / 255
    after = pictures["after_linked"]
    assert np.median(after, axis=(0, 1)) == pytest.approx(0.25, abs=0.03)
    assert after.max() == 1
    assert np.abs(after - pictures["before_unlinked"]).mean() > 0.02
    stretched = tifffile.imread(first_light / "first_light.tif")
    assert (stretched.shape, stretched.dtype) == ((HEIGHT, WIDTH, 3), np.uint16)
    assert np.abs(stretched / 65535 - after).max() < 1.5 / 255  # made permanent as shown


def test_first_light_summary(first_light: Path) -> None:
    text = (first_light / "summary.txt").read_text("utf-8")
    assert "RGB, 960 × 640 px, linear, colour calibrated" in text
    assert re.search(r"^median( +0\.003\d+){3}$", text, re.MULTILINE)
    assert "<" not in text


def test_real_broadband_makes_a_neutral_picture_of_real_images(
    real_data: Path, tmp_path: Path
) -> None:
    from nodes.formats.files import read as read_image

    graph = SAMPLES / "real_broadband.graph.json"
    nodes = read(graph, load_registry(packs=False)).nodes
    words = []
    for name in ("red", "green", "blue"):
        file = real_data / "broadband_ngc6976" / Path(str(nodes[name].params["file"])).name
        words += ["--input", f"{name}={file}"]
    out = tmp_path / "out"
    assert main(["run", str(graph), "--no-store", "--quiet", "--out", str(out), *words]) == 0
    written = {path.name: path for path in (out / "output").iterdir()}
    assert set(written) == {"real_broadband.png", "real_broadband.xisf", "real_compare.png"}
    image = read_image(written["real_broadband.xisf"])
    assert image.channels == 3
    assert image.linear
    assert image.wcs is not None
    assert min(image.height, image.width) > 300
    medians = np.nanmedian(image.data, axis=(1, 2), keepdims=True)
    mad = np.nanmedian(np.abs(image.data - medians))
    assert np.ptp(medians) < 0.1 * mad
    light = image.data - medians
    bright = light.mean(axis=0) > np.nanpercentile(light.mean(axis=0), 99.5)
    colors = light[:, bright].mean(axis=1)
    assert colors / colors.mean() == pytest.approx(1, abs=0.2)
    picture = read_image(written["real_broadband.png"])
    assert picture.data.shape == image.data.shape
    assert np.nanmedian(picture.data) == pytest.approx(0.25, abs=0.03)


@pytest.fixture
def many_frames(tmp_path: Path) -> Path:
    """A copy of the sample over a night of frames, that has run."""
    folder = tmp_path / "samples"
    shutil.copytree(SAMPLES, folder, ignore=shutil.ignore_patterns("output", "__pycache__"))
    run_many_frames(folder)
    return folder


def run_many_frames(folder: Path, *words: str) -> dict[str, int]:
    """Run the sample and return how many items of each node were computed."""
    command = ["run", str(folder / "many_frames.graph.json"), "--store", str(folder / "store")]
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        assert main([*command, "--json", *words]) == 0
    events = [json.loads(line) for line in out.getvalue().splitlines()]
    return Counter(event["node"] for event in events if event["event"] == "finished")


def test_many_frames_averages_what_the_formula_leaves(many_frames: Path) -> None:
    """One clouded frame of each filter is left out; gradients are gone, noise is less."""
    out = many_frames / "output" / "many_frames"
    assert len(list(out.glob("night_*_[01][0-9].csv"))) == 24
    for name in ("Ha", "OIII"):
        with fits.open(out / f"average_{name}.fits") as hdus:
            data, header = hdus[0].data, hdus[0].header
        assert (header["FILTER"], header["NCOMBINE"]) == (name, 11)
        assert header["EXPTIME"] in (300.0, 240.0)
        paths = sorted((many_frames / "data" / "many_frames").glob(f"night_{name}_*.fits"))
        raw = np.array([fits.getdata(path) for path in paths]) / 65535
        clear = raw[np.median(raw, axis=(1, 2)) < 0.1]
        assert len(clear) == 11
        assert np.mean(data) == pytest.approx(np.mean(clear), rel=1e-4)
        steps = [np.diff(frame[:20, :20]).std() for frame in (clear[0], data)]
        assert steps[1] < 0.5 * steps[0]
        frames = clear[0], data
        slopes = [np.median(frame[:, -30:]) - np.median(frame[:, :30]) for frame in frames]
        assert abs(slopes[1]) < 0.15 * abs(slopes[0])
        assert (out / f"average_{name}.png").stat().st_size > 2000


def test_many_frames_does_what_its_notes_say(many_frames: Path) -> None:
    assert run_many_frames(many_frames) == {}
    after = {"average": 2, "average_fits": 2, "view:statistics": 2, "view:pyramid": 2}
    shown = {"view": 2, "view_png": 2}
    assert run_many_frames(many_frames, "--set", "view.stretch=boosted") == shown
    assert set(run_many_frames(many_frames, "--set", "view.link=linked")) <= set(shown)
    run_many_frames(many_frames)
    degree = run_many_frames(many_frames, "--set", "background.degree=2")
    assert degree == {"background": 24, **after, **shown}
    assert run_many_frames(many_frames) == {"average_fits": 2, "view_png": 2}  # as they were
    formula = run_many_frames(many_frames, "--set", "approve.formula=median < 1")
    assert formula == {"lights": 24, "approve": 24, "background": 2, **after, **shown}
    run_many_frames(many_frames)
    grouped = run_many_frames(many_frames, "--set", "lights.group_by=[]")
    assert set(grouped) == {*after, *shown}
    assert grouped["average"] == 1


def test_f05_many_frames_with_one_more(many_frames: Path) -> None:
    frames = many_frames / "data" / "many_frames"
    with fits.open(frames / "night_Ha_03.fits") as hdus:
        hdus[0].data[0, 0] += 1
        hdus.writeto(frames / "night_Ha_13.fits")
    names = ("lights", "statistics", "approve:statistics", "approve", "table", "background")
    frame = dict.fromkeys((*names, "table_csv"), 1)
    after = ("average", "average_fits", "view:statistics", "view:pyramid", "view", "view_png")
    found = run_many_frames(many_frames)
    assert found == {**frame, **dict.fromkeys(after, 1)}
