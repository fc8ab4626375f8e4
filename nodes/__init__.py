"""LinearLink nodes: pure functions in families, and the kernels they call."""

#: modules that declare nodes, in the order of the palette
FAMILIES = (
    "nodes.io",
    "nodes.channels",
    "nodes.geometry",
    "nodes.measure",
    "nodes.frames",
    "nodes.calibrate",
    "nodes.cosmetic",
    "nodes.cosmic_rays",
    "nodes.debayer",
    "nodes.integrate",
    "nodes.background",
    "nodes.color",
    "nodes.stretch",
    "nodes.curves",
    "nodes.mask",
    "nodes.report",
    "nodes.view",
    "nodes.flow",
)
