"""Looks of single widgets beside the theme of the window; made when they are first asked for."""

from __future__ import annotations

import dearpygui.dearpygui as dpg

#: in sentences about what is wrong; read well on dark and light ground
WRONG = (232, 120, 62, 255)
#: headings, and what is at work
HEAD = (84, 138, 218, 255)
#: beside what matters more
FAINT = (136, 140, 148, 255)
#: the default colour of text
PLAIN = (-255, 0, 0, 255)


def flat() -> str:
    """For lists: rows without padding, so that all their texts stand on one line."""
    tag = "theme:flat"
    if not dpg.does_item_exist(tag):
        with dpg.theme(tag=tag), dpg.theme_component(dpg.mvAll):
            dpg.add_theme_style(dpg.mvStyleVar_FramePadding, 4, 0)
    return tag


def primary() -> str:
    """For the button that Enter presses."""
    tag = "theme:primary"
    if not dpg.does_item_exist(tag):
        with dpg.theme(tag=tag), dpg.theme_component(dpg.mvButton):
            dpg.add_theme_color(dpg.mvThemeCol_Button, (52, 100, 176, 255))
            dpg.add_theme_color(dpg.mvThemeCol_ButtonHovered, (66, 118, 200, 255))
            dpg.add_theme_color(dpg.mvThemeCol_ButtonActive, (44, 88, 156, 255))
            dpg.add_theme_color(dpg.mvThemeCol_Text, (255, 255, 255, 255))
    return tag


def plain_button() -> str:
    """For texts that can be clicked: as wide as they are, seen as buttons only under the mouse."""
    tag = "theme:plain_button"
    if not dpg.does_item_exist(tag):
        with dpg.theme(tag=tag), dpg.theme_component(dpg.mvButton):
            dpg.add_theme_color(dpg.mvThemeCol_Button, (0, 0, 0, 0))
            dpg.add_theme_style(dpg.mvStyleVar_ButtonTextAlign, 0, 0.5)
    return tag
