"""The inspector: what is set at the selected nodes."""
