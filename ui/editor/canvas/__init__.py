"""The canvas: the graph drawn, and what the hand does to it."""
