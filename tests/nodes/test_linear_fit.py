"""The straight line from one image to another, against NumPy and brute force."""

from __future__ import annotations

import numpy as np
import pytest

from graph.context import Context
from graph.errors import InputError
from nodes.color import linear_fit
from nodes.values import Header, Image, Table, Wcs


def columns(table: Table, name: str) -> list[float]:
    index = table.columns.index(name)
    return [row[index] for row in table.rows]


def pair(seed: int = 3, shape: tuple[int, ...] = (300, 400)) -> tuple[np.ndarray, np.ndarray]:
    x = 0.05 + 0.7 * np.random.default_rng(seed).random(shape) ** 3
    return x, 0.01 + 0.8 * x


def test_a_third_of_deviant_pairs_does_not_matter() -> None:
    x, y = pair()
    y[np.random.default_rng(4).random(y.shape) < 0.3] += 0.2
    fit = linear_fit(Image(x), Image(y)).fit
    assert columns(fit, "intercept")[0] == pytest.approx(0.01, abs=1e-4)
    assert columns(fit, "slope")[0] == pytest.approx(0.8, abs=1e-4)
    assert columns(fit, "deviation")[0] == pytest.approx(0.06, abs=2e-3)
    ordinary = linear_fit(Image(x), Image(y), method="least squares").fit
    assert abs(columns(ordinary, "intercept")[0] - 0.01) > 1e-2


@pytest.mark.parametrize("seed", range(3))
def test_least_absolute_deviations_is_the_optimum(seed: int) -> None:
    """No line through two of the points (one of them is optimal) does better."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(0.1, 0.6, 60).astype(np.float32)
    y = (0.1 + 0.7 * x + 0.05 * rng.standard_cauchy(60)).clip(0.01, 0.9).astype(np.float32)
    fit = linear_fit(Image(x[None]), Image(y[None])).fit
    u, v = x.astype(np.float64), y.astype(np.float64)
    i, j = np.triu_indices(60, 1)
    slope = (v[j] - v[i]) / (u[j] - u[i])
    intercept = v[i] - slope * u[i]
    best = np.abs(v - intercept[:, None] - slope[:, None] * u).mean(axis=1).min()
    assert columns(fit, "deviation")[0] == pytest.approx(best, rel=1e-7)


@pytest.mark.parametrize("count", [3, 4, 50])
def test_least_squares_agrees_with_numpy(count: int) -> None:
    rng = np.random.default_rng(count)
    x = rng.uniform(0.1, 0.6, (1, count)).astype(np.float32)
    y = (0.1 + 0.7 * x + 0.05 * rng.normal(size=x.shape)).astype(np.float32)
    fit = linear_fit(Image(x), Image(y), method="least squares").fit
    slope, intercept = np.polyfit(x[0].astype(np.float64), y[0].astype(np.float64), 1)
    assert columns(fit, "slope")[0] == pytest.approx(slope, rel=1e-9)
    assert columns(fit, "intercept")[0] == pytest.approx(intercept, rel=1e-9)


@pytest.mark.parametrize("method", ["least absolute deviation", "least squares"])
def test_fitting_twice_changes_nothing(method: str) -> None:
    rng = np.random.default_rng(6)
    x, y = pair(shape=(3, 200, 300))
    reference = Image(y + 2e-3 * rng.normal(size=y.shape))
    image = Image(x, header=Header((("OBJECT", "M31", ""),)), wcs=Wcs((("CRPIX1", 1.0, ""),)))
    once = linear_fit(image, reference, method=method).image  # type: ignore[arg-type]
    again = linear_fit(once, reference, method=method).fit  # type: ignore[arg-type]
    np.testing.assert_allclose(columns(again, "intercept"), 0, atol=1e-6)
    np.testing.assert_allclose(columns(again, "slope"), 1, atol=1e-5)
    assert (once.header, once.wcs) == (image.header, image.wcs)
    itself = linear_fit(image, image).fit
    assert columns(itself, "intercept") == [0, 0, 0]
    assert columns(itself, "slope") == [1, 1, 1]


def test_large_images_are_fitted_by_a_sample_and_checked_on_all_pairs() -> None:
    rng = np.random.default_rng(7)
    x, y = pair(shape=(1600, 1500))
    y += 1e-3 * rng.normal(size=y.shape)
    y[rng.random(y.shape) < 0.1] += 0.1
    x32, y32 = Image(x), Image(y)
    first, second = (linear_fit(x32, y32).fit for _ in range(2))
    assert first == second
    assert columns(first, "slope")[0] == pytest.approx(0.8, abs=1e-4)
    assert columns(first, "used")[0] == 1
    residual = np.abs(
        y32.data - columns(first, "intercept")[0] - columns(first, "slope")[0] * x32.data
    )
    assert columns(first, "deviation")[0] == pytest.approx(residual.mean(dtype=float), rel=1e-5)


def test_a_sample_that_misses_the_rest_gives_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    from nodes.kernels import line

    class Loud(Context):
        texts: tuple[str, ...] = ()

        def warn(self, message: str) -> None:
            self.texts += (message,)

    x, y = pair(shape=(20, 20))
    monkeypatch.setattr(
        line, "fit_line", lambda *a, **k: line.Line(0.0, 1.0, 0.2, 400, sampled_deviation=0.1)
    )
    loud = Loud()
    linear_fit(Image(x), Image(y), ctx=loud)
    assert "all pairs deviate by 0.2, the sample that was fitted by 0.1" in loud.texts[0]


def test_limits_keep_pairs_out() -> None:
    x, y = pair()
    x[:, :50], y[:, 50:80] = 0.97, 0.95
    x[:10], y[10:20] = -0.1, np.nan
    expected = ((x > 0) & (x < 0.92) & (y > 0) & (y < 0.92)).mean()
    result = linear_fit(Image(x), Image(y), method="least squares")
    assert columns(result.fit, "used")[0] == pytest.approx(expected)
    assert columns(result.fit, "slope")[0] == pytest.approx(0.8, abs=1e-5)
    assert not np.isnan(result.image.data).any()
    assert result.image.data.min() < 0
    clipped = linear_fit(Image(x * 2 - 0.5), Image(y), reject_low=-1.0, reject_high=1, clip=True)
    assert clipped.image.data.min() == 0


def test_a_line_with_any_slope_is_found() -> None:
    x = np.random.default_rng(1).uniform(0.2, 0.3, (60, 60))
    for slope in (1e-6, 0.01, 1.0, 3.0, 9.0):
        y = (0.5 if slope < 1 else 0.01 if slope < 2 else -0.4 * (slope > 1)) + slope * (
            x - (0.2 if slope > 1 else 0)
        )
        fit = linear_fit(Image(x), Image(y), reject_low=-1.0, reject_high=1.0).fit
        assert columns(fit, "slope")[0] == pytest.approx(slope, rel=2e-5, abs=2e-6)


def test_what_cannot_be_fitted_is_refused() -> None:
    x, y = pair(shape=(8, 9))
    with pytest.raises(InputError, match=r"image is 9 × 8 px with 1 .* reference is 8 × 8 px"):
        linear_fit(Image(x), Image(y[:, :8]))
    with pytest.raises(InputError, match=r"with 1 channel\(s\) .* with 3"):
        linear_fit(Image(x), Image(np.stack([y] * 3)))
    with pytest.raises(InputError, match=r"0 pixel\(s\) lie between 0.9 and 0.92"):
        linear_fit(Image(x), Image(y), reject_low=0.9)
    with pytest.raises(InputError, match=r"0 pixel\(s\)"):
        linear_fit(Image(np.full((8, 9), np.nan)), Image(y))
    with pytest.raises(InputError, match="1 pixel"):
        linear_fit(Image(np.full((1, 1), 0.5)), Image(np.full((1, 1), 0.5)))
    with pytest.raises(InputError, match="no rising line"):
        linear_fit(Image(np.full((8, 9), 0.3)), Image(y))
    with pytest.raises(InputError, match="no rising line"):
        linear_fit(Image(x), Image(0.9 - y))
    with pytest.raises(InputError, match="no rising line"):
        linear_fit(Image(x), Image(np.full((8, 9), 0.3)), method="least squares")


def test_sockets_take_linear_data_only() -> None:
    for name in ("image", "reference"):
        assert linear_fit.spec.sockets[name].requires == "linear"


def test_real_bands_of_one_field(real_data) -> None:  # type: ignore[no-untyped-def]
    """SDSS r fitted to i; what is left does not depend on the scale it came with."""
    from astropy.io import fits

    folder = real_data / "broadband_ngc6976"
    r, i = (fits.getdata(folder / f"sdss_{band}.fits") / 20 + 0.02 for band in "ri")
    once = linear_fit(Image(r), Image(i))
    other = linear_fit(Image(0.25 * r + 0.1), Image(i))
    assert columns(once.fit, "slope")[0] > 0.3
    ratio = columns(other.fit, "slope")[0] / columns(once.fit, "slope")[0]
    assert ratio == pytest.approx(4, rel=0.02)
