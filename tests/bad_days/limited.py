"""Runs escalate as on a bad day: `limited.py JSON WORD…`, where JSON may hold

modes: file modes bind, also for root; umask: as it says; largest: bytes that a file may have; memory: bytes of address
space.
"""

from __future__ import annotations

import json
import os
import resource
import sys


def bind_modes() -> None:
    """Takes from root the right to pass over file modes; on exec nothing gives it back."""
    if os.getuid() == 0:
        import ctypes

        drop_from_bounding_set = 24
        for override in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
            if ctypes.CDLL(None).prctl(drop_from_bounding_set, override, 0, 0, 0) != 0:
                sys.exit("cannot bind file modes")


given = json.loads(sys.argv[1])
if given.get("modes"):
    bind_modes()
if "umask" in given:
    os.umask(given["umask"])
if "largest" in given:
    resource.setrlimit(resource.RLIMIT_FSIZE, (given["largest"],) * 2)
os.execv(sys.executable, [sys.executable, "-m", "escalate", *sys.argv[2:]])
