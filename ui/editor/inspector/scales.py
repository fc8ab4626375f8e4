"""Numbers as sliders and people have them: places on a slider, texts with units, typed formulas."""

from __future__ import annotations

import math
from dataclasses import dataclass

from graph.expression import evaluate
from graph.spec import Parameter, Range

#: a slider without a lower end above zero cannot be logarithmic all the way: so many decades
DECADES = 4.0


@dataclass(frozen=True, slots=True)
class Scale:
    """What a slider covers. whole: only whole numbers. log: equal ratios take equal ways."""

    low: float
    high: float
    log: bool = False
    whole: bool = False

    @property
    def floor(self) -> float:
        """The lowest value on a logarithmic slider; where ``low`` is not above 0, some decades."""
        return self.low if self.low > 0 else self.high / 10**DECADES

    @property
    def _decades(self) -> float:
        return math.log(self.high) - math.log(self.floor)

    def place(self, value: float) -> float:
        """Where a value stands, 0 to 1; values beyond the slider stand at its end."""
        if self.log:
            if value < self.floor:
                return 0.0
            share = (math.log(value) - math.log(self.floor)) / self._decades
        else:
            share = (value - self.low) / (self.high - self.low)
        return min(max(share, 0.0), 1.0)

    def value(self, place: float) -> float:
        """The value at a place, 0 to 1, in as few digits as tell it from its neighbours.

        The ends are exact. Of a logarithmic slider that begins at 0 or below, the lower end is
        that number.
        """
        if place <= 0:
            return self.low
        if place >= 1:
            return self.high
        if self.log:
            found = math.exp(math.log(self.floor) + place * self._decades)
            step = found * self._decades / STEPS
        else:
            found = self.low + (self.high - self.low) * place
            step = (self.high - self.low) / STEPS
        if self.whole:
            return float(min(max(round(found), math.ceil(self.low)), math.floor(self.high)))
        return _round_to(found, step)


#: a slider is taken to have so many places; it is a few hundred pixels wide
STEPS = 1000


def _round_to(value: float, step: float) -> float:
    """A value rounded to the decimal place that is just finer than a step."""
    digits = -math.floor(math.log10(step))
    return round(value, digits)


def slider_of(parameter: Parameter) -> Scale | None:
    """The slider of a number: its soft range, else its limits; None where these have no end."""
    if parameter.kind not in ("number", "integer"):
        return None
    return scale_of(parameter.range, whole=parameter.kind == "integer")


def scale_of(limits: Range | None, whole: bool = False) -> Scale | None:
    """The slider for these limits; None without ends."""
    if limits is None:
        return None
    low, high = limits.slider or (limits.minimum, limits.maximum)
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        return None
    log = limits.scale == "log" and high > 0
    return Scale(float(low), float(high), log, whole)


def show_number(value: float | int, unit: str = "") -> str:
    """A number as short as it can be told exactly, up to 7 digits, with its unit: ``25 px``."""
    if isinstance(value, int):
        text = str(value) if abs(value) < 10**15 else f"{value:.6e}"
    else:
        text = f"{value:.7g}"
        if "e" in text:
            mantissa, _, exponent = text.partition("e")
            text = f"{mantissa}e{int(exponent)}"
    return f"{text} {_UNITS.get(unit, unit)}" if unit else text


#: units that people read as signs
_UNITS = {"degrees": "°", "degree": "°", "percent": "%", "sigma": "σ", "sigmas": "σ"}


def exact_text(value: float | int) -> str:
    """A number as it is edited: reading it gives the same number."""
    if isinstance(value, int):
        return str(value)
    text = repr(float(value))
    return text.removesuffix(".0")


def read_number(text: str, unit: str = "", whole: bool = False) -> float | int:
    """The number that a text stands for: ``0.25``, ``1/3``, ``2*pi``, ``25 px``, ``0,25``.

    Raises ValueError saying what is wrong. whole: a result without a fraction becomes an int.
    """
    plain = text.strip()
    for suffix in (unit, _UNITS.get(unit, unit)):
        if suffix and plain.endswith(suffix):
            plain = plain[: -len(suffix)].strip()
    if not plain:
        raise ValueError("needs a number")
    if plain.count(",") == 1 and "(" not in plain:
        plain = plain.replace(",", ".")  # the decimal comma of many countries
    try:
        found: float | int = int(plain)
    except ValueError:
        try:
            found = float(plain.replace("−", "-"))
        except ValueError:
            found = evaluate(plain.replace("−", "-").replace("^", "**"))
    if not math.isfinite(found):
        raise ValueError(f"needs a finite number, not {plain}")
    if whole and float(found).is_integer():
        return int(found)
    return found
