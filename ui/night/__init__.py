"""A folder of raw files becomes a graph: read, group, match, lay out."""
