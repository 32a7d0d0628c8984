"""What carrel.reading.source promises."""

import os

import pytest

from carrel.errors import UserError
from carrel.reading import source
from tests.core.reading.conftest import code_of


def test_the_whole_file_is_read_wherever_the_descriptor_stands(opened):
    fd = opened(b"0123456789")
    os.lseek(fd, 7, os.SEEK_SET)
    assert source.read_all(fd, 10) == b"0123456789"
    assert source.read_head(fd, 4) == b"0123"
    with source.open_stream(fd) as stream:
        assert stream.read(2) == b"01"
    assert os.fstat(fd).st_size == 10


def test_sizes_have_reasons(opened):
    assert code_of(lambda: source.size_of(opened(b""), 10)) == "empty"
    with pytest.raises(UserError, match="The file is 3 MB; Carrel reads up to 1 MB") as caught:
        source.size_of(opened(b"x" * 3_000_000), 1_000_000)
    assert caught.value.code == "too_large"


def test_what_is_not_an_ordinary_file_is_refused():
    read, write = os.pipe()
    assert code_of(lambda: source.read_all(read, 10)) == "unsupported"
    os.close(read)
    os.close(write)
