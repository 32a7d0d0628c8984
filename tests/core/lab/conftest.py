"""A core on fakes with two small documents in its library."""

import pytest

from carrel.profile import Profile
from tests.core.fake_core import FakeCore, write_samples


@pytest.fixture
def core(tmp_path):
    profile = Profile.at(tmp_path / "profile")
    profile.create()
    made = FakeCore(profile)
    made.library.add([str(write_samples(tmp_path / "docs"))])
    yield made
    made.close()
