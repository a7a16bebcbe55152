"""Memory of large arrays is used again, not asked of the system for each answer."""

import subprocess
import sys

import pytest

PROGRAM = """
import resource, sys
import numpy as np
from dashboard.memory import keep_freed_memory

kept = keep_freed_memory() if sys.argv[1] == "kept" else None
for _ in range(3):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    np.ones(10_000_000)
    faults = resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
print(kept, faults)
"""


def faults(how: str) -> tuple[str, int]:
    """Pages that the system had to give for an array like one that was freed before."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, how], capture_output=True, text=True, check=True
    )
    told, number = done.stdout.split()
    return told, int(number)


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's allocator is asked")
def test_freed_memory_is_kept():
    told, kept = faults("kept")
    if told == "False":
        pytest.skip("the C library is not glibc")
    _, given_back = faults("plain")
    assert kept < 10 < given_back
