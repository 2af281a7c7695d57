"""Lets `python -m hemgang` do what the command `hemgang` does."""

import sys

from hemgang.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
