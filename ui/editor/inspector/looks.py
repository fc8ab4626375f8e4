"""Colours and little themes of the inspector's fields, for the dark and the light window."""

from __future__ import annotations

from dataclasses import dataclass

import dearpygui.dearpygui as dpg

from ui.editor.canvas.paint import Color, faded
from ui.editor.theme import THEMES, px


@dataclass(frozen=True, slots=True)
class Ink:
    """Colours of texts on the ground of a panel, and of a field with a mistake in it."""

    text: Color
    dim: Color
    accent: Color
    good: Color
    stale: Color
    busy: Color
    warn: Color
    bad: Color
    bad_field: Color
    chosen: Color


INKS = {
    "dark": Ink(
        text=(222, 222, 222, 255),
        dim=(150, 155, 164, 255),
        accent=(255, 178, 72, 255),
        good=(126, 206, 132, 255),
        stale=(196, 199, 206, 255),
        busy=(104, 176, 255, 255),
        warn=(244, 196, 84, 255),
        bad=(255, 104, 96, 255),
        bad_field=(94, 34, 36, 255),
        chosen=(88, 110, 146, 255),
    ),
    "light": Ink(
        text=(28, 28, 30, 255),
        dim=(98, 103, 112, 255),
        accent=(192, 92, 0, 255),
        good=(24, 124, 48, 255),
        stale=(72, 76, 84, 255),
        busy=(24, 92, 190, 255),
        warn=(150, 96, 0, 255),
        bad=(190, 30, 26, 255),
        bad_field=(255, 222, 218, 255),
        chosen=(56, 104, 176, 255),
    ),
}


class Looks:
    """Themes to bind to items. ink: the colours of texts.

    bad: a field with a mistake in it. on, off: of buttons that exclude one another. flat: a
    button without a body, for marks. link: a value that a link feeds.
    """

    def __init__(self, name: str) -> None:
        self.name, self.size = name, px(100)
        self._tight = self._plot = 0
        self._plots: dict[tuple[int, Color, float], int] = {}
        colors, self.ink = THEMES[name], INKS[name]
        ink, hot = self.ink, self.ink.chosen
        self.bad = _theme(FrameBg=ink.bad_field, FrameBgHovered=ink.bad_field)
        self.on = _theme(Button=hot, ButtonHovered=hot, Text=(255, 255, 255, 255))
        self.off = _theme(Button=colors["FrameBg"], ButtonHovered=colors["FrameBgHovered"])
        none = faded(ink.text, 0)
        self.flat = _theme(
            Button=none,
            ButtonHovered=colors["FrameBgHovered"],
            ButtonActive=colors["FrameBgActive"],
            Text=ink.dim,
        )
        self.mark = _theme(
            Button=none,
            ButtonHovered=colors["FrameBgHovered"],
            ButtonActive=colors["FrameBgActive"],
            Text=ink.accent,
        )
        self.link = _theme(
            Button=faded(colors["Button"], 0.5),
            ButtonHovered=colors["ButtonHovered"],
            Text=ink.dim,
        )

    def tight(self) -> int:
        """For a table inside a field, as high as its widgets."""
        if not self._tight:
            with dpg.theme() as theme, dpg.theme_component(dpg.mvAll):
                dpg.add_theme_style(dpg.mvStyleVar_CellPadding, px(2), 0)
            self._tight = int(theme)
        return self._tight

    def plot(self, border: int) -> int:
        """For a plot without axes, with so many pixels around it."""
        if not self._plot:
            with dpg.theme() as theme, dpg.theme_component(dpg.mvPlot):
                dpg.add_theme_style(
                    dpg.mvPlotStyleVar_PlotPadding, border, border, category=dpg.mvThemeCat_Plots
                )
            self._plot = int(theme)
        return self._plot

    def line(self, color: Color, weight: float) -> int:
        """For a line of a plot."""
        return self._series(dpg.mvLineSeries, dpg.mvPlotCol_Line, color, weight)

    def fill(self, color: Color) -> int:
        """For an area of a plot."""
        return self._series(dpg.mvShadeSeries, dpg.mvPlotCol_Fill, color)

    def _series(self, kind: int, part: int, color: Color, weight: float = 0.0) -> int:
        key = kind, color, weight
        if key not in self._plots:
            with dpg.theme() as theme, dpg.theme_component(kind):
                dpg.add_theme_color(part, color, category=dpg.mvThemeCat_Plots)
                if weight:
                    style = dpg.mvPlotStyleVar_LineWeight
                    dpg.add_theme_style(style, weight, category=dpg.mvThemeCat_Plots)
            self._plots[key] = int(theme)
        return self._plots[key]

    def delete(self) -> None:
        """Give the themes back; nothing may be bound to them any more."""
        own = (self.bad, self.on, self.off, self.flat, self.mark, self.link)
        for theme in filter(None, (*own, self._tight, self._plot, *self._plots.values())):
            dpg.delete_item(theme)


def _theme(**colors: Color) -> int:
    with dpg.theme() as theme, dpg.theme_component(dpg.mvAll):
        for part, color in colors.items():
            dpg.add_theme_color(getattr(dpg, f"mvThemeCol_{part}"), color)
    return int(theme)
