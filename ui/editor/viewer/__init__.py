"""Viewers: images under a screen stretch, and the histogram that sets it."""
