"""``python -m linearlink``."""

import sys

from linearlink import main

if __name__ == "__main__":
    sys.exit(main())
