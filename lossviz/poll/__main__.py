"""``python -m lossviz.poll``: the command line of the poll's server."""

import sys

from .server import main

if __name__ == "__main__":
    sys.exit(main())
