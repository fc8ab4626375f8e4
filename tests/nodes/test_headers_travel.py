"""Every node that takes and gives images passes the header on, and the solution or a warning."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from graph.spec import NodeSpec, Socket
from nodes.local import LocalFit
from nodes.register import Transform
from nodes.stf import manual_stretch
from nodes.values import Header, Image, Stretch, Wcs
from tests.nodes.recording import Recorder
from ui.packs import load_registry

WIDTH, HEIGHT = 80, 64
CARDS = (
    ("OBJECT", "M 31", "target"), ("FILTER", "L", ""), ("EXPTIME", 60.0, "[s]"),
    ("HISTORY", "first line", ""), ("X-ODD", 1.5, "of nobody"), ("HISTORY", "second line", ""),
    ("COMMENT", "clear night", ""), ("GAIN", 100, ""),
)  # fmt: skip
SOLUTION = Wcs(
    (
        ("CTYPE1", "RA---TAN", ""), ("CTYPE2", "DEC--TAN", ""), ("CRVAL1", 10.68, ""),
        ("CRVAL2", 41.27, ""), ("CRPIX1", 40.5, ""), ("CRPIX2", 32.5, ""), ("CD1_1", -4e-4, ""),
        ("CD1_2", 1e-5, ""), ("CD2_1", 1e-5, ""), ("CD2_2", 4e-4, ""),
    )
)  # fmt: skip
#: nodes for which an image of one channel will not do
KINDS = {
    "debayer.debayer": "mosaic", "debayer.split": "mosaic", "channels.split": "colour",
    "channels.luminance": "colour", "color.calibrate_white": "colour",
    "color.neutralize_background": "colour",
}  # fmt: skip
PARAMS: dict[str, dict[str, Any]] = {
    "geometry.crop": {"left": 4, "top": 2, "width": 40, "height": 30},
    "drizzle.integrate": {"normalization": "none"},
}
#: nodes that move pixels: where pixel (0, 0) of the result lies in the input, and its size there
MOVED = {
    "geometry.crop": (4.0, 2.0, 1.0), "register.warp": (3.0, -2.0, 1.0),
    "drizzle.integrate": (3.0, -2.0, 0.5), "debayer.split": (0.0, 0.0, 2.0),
}  # fmt: skip
SPECS = [
    spec
    for spec in load_registry(packs=False)
    if any(socket.type is Image for socket in spec.sockets.values())
    and any(output.type is Image for output in spec.outputs.values())
]


def make_image(kind: str, seed: int) -> Image:
    """A frame with sky and stars."""
    rng = np.random.default_rng(seed)
    data = rng.normal(0.05, 0.002, (3 if kind == "colour" else 1, HEIGHT, WIDTH))
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    for cx, cy in np.random.default_rng(1).uniform(8, 56, (12, 2)):
        data += 0.3 * np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / 4)
    cfa = "RGGB" if kind == "mosaic" else None
    return Image(data.astype(np.float32), header=Header(CARDS), wcs=SOLUTION, cfa=cfa)


def feed(spec: NodeSpec, kind: str) -> dict[str, Any]:
    """A value for every socket that needs one; what implicit nodes make is made."""
    values: dict[str, Any] = {}
    for seed, (name, socket) in enumerate(spec.sockets.items()):
        if socket.type is Image and (not socket.optional or name == "coverage"):
            images = [make_image(kind, 10 * seed + n) for n in range(3)]
            if name == "coverage":
                images = [image.replace(data=np.full_like(image.data, 3)) for image in images]
            values[name] = images if socket.depth else images[0]
    for name, socket in spec.sockets.items():
        if name not in values and not socket.optional:
            values[name] = make_other(socket, values)
    return {name: value for name, value in values.items() if spec.sockets[name].passed}


def make_other(socket: Socket, values: dict[str, Any]) -> Any:
    if socket.implicit:
        inner = socket.implicit
        image = next(values[n] for n in (*inner.sockets, *values) if n in values)
        some = image if isinstance(image, list) else [image]
        made = [inner.function(one) for one in some]
        return made if socket.depth else made[0]
    make: Any = {"Transform": make_transform, "LocalFit": make_fit, "Stretch": make_stretch}[
        socket.type.__name__
    ]
    return [make() for _ in range(3)] if socket.depth else make()


def make_transform() -> Transform:
    return Transform(np.array([[1.0, 0, 3], [0, 1, -2], [0, 0, 1]]), WIDTH, HEIGHT, WIDTH, HEIGHT)


def make_fit() -> LocalFit:
    a, b, c = (np.full((1, 2, 2), value, np.float32) for value in (1.1, 0.02, 0.01))
    return LocalFit(a, b, c, 0.0, 0.0, 40.0, 32.0, WIDTH, HEIGHT)


def make_stretch() -> Stretch:
    return manual_stretch(1, (0.1,), (0.3,), (0.9,))


def images_of(spec: NodeSpec, result: Any) -> list[tuple[str, Image]]:
    several = result if isinstance(result, tuple) else (result,)
    found = zip(spec.outputs.items(), several, strict=True)
    return [(name, value) for (name, output), value in found if output.type is Image]


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.id)
def test_cards_and_solution(spec: NodeSpec) -> None:
    values = feed(spec, KINDS.get(spec.id, "mono"))
    context = Recorder()
    options = {"ctx": context} if "ctx" in spec.function.__code__.co_varnames else {}
    result = spec.function(**values, **PARAMS.get(spec.id, {}), **options)
    made = images_of(spec, result)
    assert made
    for name, image in made:
        kept = [card for card in image.header.cards if card in CARDS]
        assert kept == list(CARDS), f"{name} lost {set(CARDS) - set(kept)}"
        if image.wcs is None:
            assert any("solution" in text for text in context.warnings), name
            continue
        check_solution(spec.id, name, image)


def check_solution(id: str, name: str, image: Image) -> None:
    """The sky of some pixels is that of the places where they were in the input."""
    from astropy.io import fits
    from astropy.wcs import WCS

    before, after = (
        WCS(fits.Header([card[:2] for card in wcs.cards])) for wcs in (SOLUTION, image.wcs) if wcs
    )
    if id == "geometry.autocrop":  # wherever it was cut: see its own tests
        return
    dx, dy, size = MOVED.get(id, (0.0, 0.0, 1.0))
    if id == "debayer.split":  # every second pixel, from one of four places on
        dx, dy = float("right" in name), float("bottom" in name)
    else:
        dx, dy = dx + (size - 1) / 2, dy + (size - 1) / 2
    x, y = np.array([0.0, 7.0, 21.0]), np.array([0.0, 11.0, 5.0])
    told = after.pixel_to_world_values(x, y)
    true = before.pixel_to_world_values(dx + x * size, dy + y * size)
    np.testing.assert_allclose(told, true, atol=1e-7, rtol=0)


def test_all_families_are_held_to_it() -> None:
    families = {spec.id.split(".")[0] for spec in SPECS}
    assert families >= {
        "calibrate", "cosmetic", "cosmic_rays", "debayer", "register", "integrate", "drizzle",
        "masters", "local", "geometry", "background", "color", "stretch", "channels",
    }  # fmt: skip
