"""`python -m ui`: the same as `ops-copilot ui`."""

import sys

from copilot.cli import main

if __name__ == "__main__":
    main(["ui", *sys.argv[1:]])
