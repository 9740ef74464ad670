"""`python -m copilot` is `ops-copilot`."""

from copilot.cli import main

if __name__ == "__main__":
    main()
