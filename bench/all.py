#!/usr/bin/python3
"""Every benchmark: one reading (run.py), the screen (ui.py), beside other monitors (peers.py), a longer run (steady.py)."""

import sys

import common
import peers
import run
import steady
import ui

if __name__ == "__main__":
    sys.exit(common.main(__doc__, run, ui, peers, steady))
