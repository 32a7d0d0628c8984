"""Frames survive their journey whole, and what is not a frame is refused."""

import os
import socket
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrel.events import Token
from carrel.process.frames import MAX_HEADER, BadFrame, PipeLine, SocketLine, encode


@pytest.fixture
def pipe():
    read, write = os.pipe()
    line = PipeLine(read, write)
    yield line
    line.close()


def feed(data: bytes):
    read, write = os.pipe()
    os.write(write, data)
    os.close(write)
    try:
        return PipeLine(read, read).receive()
    finally:
        os.close(read)


@given(st.text(max_size=200), st.binary(max_size=200), st.integers(0, 2**31))
def test_what_is_sent_is_received(text, raw, number):
    frame = feed(encode(Token(text=text), number, raw))
    assert frame is not None
    assert (frame.id, frame.raw) == (number, raw)
    import msgspec

    assert msgspec.json.decode(frame.body, type=Token).text == text


def test_the_end_of_the_line_is_none():
    assert feed(b"") is None


@pytest.mark.parametrize(
    "data",
    [
        b"\x05",
        struct.pack("<I", 10) + b"{}",
        struct.pack("<I", MAX_HEADER + 1) + b"x",
        struct.pack("<I", 2) + b"{}",
        struct.pack("<I", 5) + b"nonsense",
        struct.pack("<I", 30) + b'{"id":1,"body":{},"raw":-5}   ',
        encode(Token(text="x"), 1, b"raw bytes")[:-3],
    ],
)
def test_what_is_not_a_frame_is_refused(data):
    with pytest.raises(BadFrame):
        feed(data)


def test_too_much_is_refused_before_it_is_sent(pipe):
    with pytest.raises(ValueError, match="over the frame limits"):
        pipe.send(Token(text="x" * (MAX_HEADER + 1)))


def test_a_promised_descriptor_must_come():
    ours, theirs = socket.socketpair()
    with ours:
        ours.sendall(encode(Token(text="x"), 1, b"", 1))
        line = SocketLine(theirs)
        with pytest.raises(BadFrame, match="descriptor"):
            line.receive()
        line.close()


def test_descriptors_that_nobody_asked_for_are_closed_with_the_line():
    ours, theirs = socket.socketpair()
    read, write = os.pipe()
    left, right = SocketLine(ours), SocketLine(theirs)
    left.send(Token(text="x"), 1, fds=[write])
    frame = right.receive()
    assert frame is not None
    os.close(write)
    os.write(frame.fds[0], b"through")
    assert os.read(read, 10) == b"through"
    os.close(frame.fds[0])
    os.close(read)
    left.close()
    right.close()
