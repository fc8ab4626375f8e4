"""LinearLink user interfaces: command line and editor window."""
