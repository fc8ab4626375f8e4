"""One module for each command: ``add`` declares its options, ``do`` carries it out."""
