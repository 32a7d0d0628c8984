"""What a process takes: peak memory and energy, from files as Linux has them."""

import subprocess
import sys
import time

import pytest

from carrel.process.measuring import EnergyMeter, age, forget_peak, peak_memory

_TAKES_80_MB = """
import os
from carrel.process.measuring import forget_peak, peak_memory

def peak():
    return peak_memory(os.getpid())

forget_peak(os.getpid())
before = peak()
taken = bytearray(80_000_000)
taken[::4096] = b"x" * len(taken[::4096])
after = peak()
del taken
freed = peak()
forget_peak(os.getpid())
print(after - before, freed - before, after - peak())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="from /proc")
def test_the_age_counts_from_the_start_of_the_program():
    code = "import time; from carrel.process.measuring import age; print(age(), age() - age())"
    before = time.monotonic()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    whole = time.monotonic() - before
    old, step = map(float, done.stdout.split())
    assert 0.01 < old <= whole + 0.02, "the system counts in hundredths"
    assert step <= 0.0
    assert age() > whole


@pytest.mark.skipif(sys.platform != "linux", reason="from /proc")
def test_the_peak_is_what_was_taken_at_most():
    """In a process of its own: this one takes and frees memory all the time."""
    done = subprocess.run(
        [sys.executable, "-c", _TAKES_80_MB], capture_output=True, text=True, check=True
    )
    taken, freed, forgotten = map(int, done.stdout.split())
    assert taken > 60_000_000
    assert freed > 60_000_000, "it still counts"
    assert forgotten > 40_000_000


def test_a_process_that_is_not_there_has_no_peak(tmp_path):
    assert peak_memory(1, tmp_path) is None
    forget_peak(1, tmp_path)


def package(folder, name, microjoules, most=1_000_000):
    one = folder / name
    one.mkdir(exist_ok=True)
    (one / "energy_uj").write_text(f"{microjoules}\n")
    (one / "max_energy_range_uj").write_text(f"{most}\n")


def test_energy_is_the_sum_of_packages_and_survives_a_wrapped_counter(tmp_path):
    package(tmp_path, "intel-rapl:0", 100_000)
    package(tmp_path, "intel-rapl:1", 900_000)
    package(tmp_path, "intel-rapl:0:0", 5)  # a part of a package: counted in it already
    meter = EnergyMeter(tmp_path)
    assert meter.read() == 0
    package(tmp_path, "intel-rapl:0", 350_000)
    package(tmp_path, "intel-rapl:1", 100_000)  # over the end: 100,000 more and 100,000 again
    package(tmp_path, "intel-rapl:0:0", 500_000)
    assert meter.read() == pytest.approx(0.25 + 0.2)


def test_energy_that_nobody_tells_is_none(tmp_path):
    assert EnergyMeter(tmp_path / "none").read() is None
    (tmp_path / "intel-rapl:0").mkdir()
    assert EnergyMeter(tmp_path).read() is None
