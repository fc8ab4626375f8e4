"""Fonts, colours and sizes of the window."""

from __future__ import annotations

import dearpygui.dearpygui as dpg

from ui.editor.letters import font_path

Color = tuple[int, int, int, int]

#: height of the text in pixels at scale 1
TEXT = 15
#: a font whose letters are all of one width, for texts with columns
EVEN = "theme:even"
_EVEN_FILE = "DejaVuSansMono.ttf"
#: pixels at scale 1: in windows to their edges, and between what stands below one another
PADDING, SPACING = 8, 5

_DARK: dict[str, Color] = {
    "Text": (222, 222, 222, 255),
    "TextDisabled": (128, 128, 130, 255),
    "WindowBg": (38, 38, 40, 255),
    "ChildBg": (38, 38, 40, 255),
    "PopupBg": (30, 30, 32, 250),
    "Border": (24, 24, 26, 255),
    "FrameBg": (54, 54, 58, 255),
    "FrameBgHovered": (66, 66, 72, 255),
    "FrameBgActive": (74, 74, 82, 255),
    "TitleBg": (28, 28, 30, 255),
    "TitleBgActive": (34, 34, 37, 255),
    "MenuBarBg": (28, 28, 30, 255),
    "Header": (64, 82, 108, 255),
    "HeaderHovered": (74, 94, 124, 255),
    "HeaderActive": (84, 108, 142, 255),
    "Button": (62, 62, 68, 255),
    "ButtonHovered": (78, 78, 86, 255),
    "ButtonActive": (88, 110, 146, 255),
    "Tab": (34, 34, 37, 255),
    "TabHovered": (74, 94, 124, 255),
    "TabActive": (54, 66, 86, 255),
    "TabUnfocused": (30, 30, 32, 255),
    "TabUnfocusedActive": (44, 50, 60, 255),
    "CheckMark": (130, 175, 240, 255),
    "SliderGrab": (104, 138, 190, 255),
    "SliderGrabActive": (130, 165, 220, 255),
    "Separator": (58, 58, 62, 255),
    "SeparatorHovered": (90, 120, 170, 255),
    "SeparatorActive": (110, 145, 200, 255),
    "ScrollbarBg": (32, 32, 34, 255),
    "ScrollbarGrab": (76, 76, 82, 255),
    "DockingEmptyBg": (24, 24, 26, 255),
    "DockingPreview": (90, 130, 200, 120),
    "ModalWindowDimBg": (10, 10, 12, 140),
}
_LIGHT: dict[str, Color] = {
    "Text": (28, 28, 30, 255),
    "TextDisabled": (120, 120, 124, 255),
    "WindowBg": (232, 232, 234, 255),
    "ChildBg": (232, 232, 234, 255),
    "PopupBg": (246, 246, 248, 252),
    "Border": (184, 184, 188, 255),
    "FrameBg": (250, 250, 252, 255),
    "FrameBgHovered": (240, 244, 250, 255),
    "FrameBgActive": (226, 234, 246, 255),
    "TitleBg": (208, 208, 212, 255),
    "TitleBgActive": (198, 202, 210, 255),
    "MenuBarBg": (216, 216, 220, 255),
    "Header": (176, 200, 236, 255),
    "HeaderHovered": (160, 190, 232, 255),
    "HeaderActive": (144, 178, 226, 255),
    "Button": (208, 208, 214, 255),
    "ButtonHovered": (192, 196, 206, 255),
    "ButtonActive": (156, 184, 226, 255),
    "Tab": (206, 206, 210, 255),
    "TabHovered": (170, 196, 232, 255),
    "TabActive": (236, 240, 246, 255),
    "TabUnfocused": (206, 206, 210, 255),
    "TabUnfocusedActive": (224, 226, 232, 255),
    "CheckMark": (40, 96, 180, 255),
    "SliderGrab": (90, 136, 204, 255),
    "SliderGrabActive": (60, 110, 190, 255),
    "Separator": (190, 190, 194, 255),
    "SeparatorHovered": (110, 150, 210, 255),
    "SeparatorActive": (80, 126, 196, 255),
    "ScrollbarBg": (222, 222, 226, 255),
    "ScrollbarGrab": (176, 176, 184, 255),
    "DockingEmptyBg": (200, 200, 204, 255),
    "DockingPreview": (90, 130, 200, 120),
    "ModalWindowDimBg": (90, 90, 96, 120),
}
THEMES = {"dark": _DARK, "light": _LIGHT}

#: styles and their sizes at scale 1
_STYLES: dict[str, tuple[float, ...]] = {
    "WindowPadding": (PADDING, PADDING),
    "FramePadding": (6, 3),
    "ItemSpacing": (6, SPACING),
    "ItemInnerSpacing": (5, 4),
    "CellPadding": (4, 2),
    "ScrollbarSize": (12,),
    "GrabMinSize": (10,),
    "FrameRounding": (3,),
    "GrabRounding": (3,),
    "PopupRounding": (4,),
    "TabRounding": (3,),
    "WindowRounding": (4,),
    "WindowBorderSize": (1,),
    "FrameBorderSize": (0,),
}

_scale = 1.0


def scale() -> float:
    """The scale of the window."""
    return _scale


def px(size: float) -> int:
    """So many pixels at scale 1, at the scale of the window."""
    return max(1, round(size * _scale))


def apply(name: str, scale: float) -> None:
    """Give the window its colours and sizes; may be called again when they change."""
    global _scale
    _scale = scale
    if not dpg.does_item_exist("theme:font"):
        with dpg.font_registry():
            dpg.add_font(str(font_path()), TEXT * scale, tag="theme:font")
            dpg.add_font(str(font_path().with_name(_EVEN_FILE)), TEXT * scale, tag=EVEN)
        dpg.bind_font("theme:font")
    else:
        for font in ("theme:font", EVEN):
            dpg.configure_item(font, size=TEXT * scale)
    if dpg.does_item_exist("theme"):
        dpg.delete_item("theme")
    with dpg.theme(tag="theme"), dpg.theme_component(dpg.mvAll):
        for part, color in THEMES[name].items():
            dpg.add_theme_color(getattr(dpg, f"mvThemeCol_{part}"), color)
        for style, sizes in _STYLES.items():
            scaled = [size * scale for size in sizes]
            dpg.add_theme_style(getattr(dpg, f"mvStyleVar_{style}"), *scaled)
    dpg.bind_theme("theme")


#: widgets whose width is a number of pixels, and those whose height is
_WIDE = ("InputText", "Combo", "SliderInt", "SliderFloat", "Spacer", "ChildWindow")
_TALL = ("Spacer", "ChildWindow")


def rescale(ratio: float) -> None:
    """Make the widgets that were made at another scale so much larger; texts are already."""
    for item in dpg.get_all_items():
        kind = dpg.get_item_type(item).removeprefix("mvAppItemType::mv")
        if kind in _WIDE and abs(wide := dpg.get_item_width(item) or 0) > 1:
            dpg.set_item_width(item, round(wide * ratio))
        if kind in _TALL and abs(tall := dpg.get_item_height(item) or 0) > 1:
            dpg.set_item_height(item, round(tall * ratio))


def explain(item: int | str, text: str, delay: float = 0.4) -> None:
    """Say something of a widget when the mouse rests on it."""
    with dpg.tooltip(item, delay=delay):
        dpg.add_text(text)
