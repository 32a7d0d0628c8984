"""Frames: how two Carrel processes talk over a pipe or a socket pair.

A frame is a 4-byte little-endian length, that many bytes of JSON header (at most 8 MiB), and as
many raw bytes as the header's `raw` says (at most 64 MiB). The header is
`{"id", "raw", "fds", "body"}`: `id` ties answers to a request (0 is unasked), `body` is a tagged
message, `fds` counts open descriptors that travel beside the frame (socket lines only).
"""

from __future__ import annotations

import contextlib
import os
import socket
import struct
import threading
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from carrel.process.passing import MAX_FDS, receive_with, send_with

MAX_HEADER = 8 * 1024 * 1024
MAX_RAW = 64 * 1024 * 1024
PROTOCOL = 1
_LENGTH = struct.Struct("<I")


class Head(msgspec.Struct, frozen=True):
    """The JSON header of a frame."""

    id: int
    body: msgspec.Raw
    raw: int = 0
    fds: int = 0


class Frame(NamedTuple):
    """A received frame: the body still encoded, raw bytes, and descriptors now owned by you."""

    id: int
    body: msgspec.Raw
    raw: bytes
    fds: tuple[int, ...]


class BadFrame(Exception):
    """The other side sent something that is not a frame; the line cannot be used any more."""


def encode(body: msgspec.Struct, id: int = 0, raw: bytes = b"", fds: int = 0) -> bytes:
    """Return the length, the header and the raw bytes of one frame.

    Raises ValueError when a part is over its limit.
    """
    head = msgspec.json.encode(
        Head(id=id, body=msgspec.Raw(msgspec.json.encode(body)), raw=len(raw), fds=fds)
    )
    if len(head) > MAX_HEADER or len(raw) > MAX_RAW:
        raise ValueError(f"A message of {len(head)} + {len(raw)} bytes is over the frame limits.")
    return _LENGTH.pack(len(head)) + head + raw


class _Source:
    """Reads whole frames from something that gives bytes in pieces."""

    def _some(self, size: int) -> bytes:
        """Return 1 to `size` bytes, b"" at the end of the line."""
        raise NotImplementedError

    def _take_fds(self, count: int) -> tuple[int, ...]:
        raise NotImplementedError

    def receive(self) -> Frame | None:
        """Return the next frame, None at the end of the line. Raises BadFrame."""
        start = self._read(_LENGTH.size, at_start=True)
        if not start:
            return None
        (length,) = _LENGTH.unpack(start)
        if length > MAX_HEADER:
            raise BadFrame(f"A header of {length} bytes is over the limit.")
        head = _decode_head(self._read(length))
        raw = self._read(head.raw)
        return Frame(head.id, head.body, raw, self._take_fds(head.fds))

    def _read(self, size: int, at_start: bool = False) -> bytes:
        parts = bytearray()
        while len(parts) < size:
            chunk = self._some(min(size - len(parts), 1 << 20))
            if not chunk:
                if at_start and not parts:
                    break
                raise BadFrame("The line ended in the middle of a frame.")
            parts += chunk
        return bytes(parts)


class PipeLine(_Source):
    """Frames over two descriptors. Sending is safe from several threads, receiving from one."""

    def __init__(self, read_fd: int, write_fd: int) -> None:
        self._read_fd = read_fd
        self._write_fd = write_fd
        self._sending = threading.Lock()

    def send(
        self, body: msgspec.Struct, id: int = 0, raw: bytes = b"", fds: Sequence[int] = ()
    ) -> None:
        """Send one frame, waiting until it is written; BrokenPipeError when nobody reads."""
        if fds:
            raise ValueError("A pipe carries no descriptors.")
        data = memoryview(encode(body, id, raw))
        with self._sending:
            while data:
                data = data[os.write(self._write_fd, data) :]

    def close(self) -> None:
        """Close both descriptors."""
        for fd in {self._read_fd, self._write_fd}:
            os.close(fd)

    def close_writing(self) -> None:
        """Tell the other side that nothing more comes."""
        if self._write_fd != self._read_fd:
            os.close(self._write_fd)
            self._write_fd = self._read_fd

    def _some(self, size: int) -> bytes:
        return os.read(self._read_fd, size)

    def _take_fds(self, count: int) -> tuple[int, ...]:
        if count:
            raise BadFrame("A pipe carries no descriptors.")
        return ()


class SocketLine(_Source):
    """Frames over an AF_UNIX stream socket, which can carry open descriptors."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._sending = threading.Lock()
        self._fds: list[int] = []

    def send(
        self, body: msgspec.Struct, id: int = 0, raw: bytes = b"", fds: Sequence[int] = ()
    ) -> None:
        """Send one frame; `fds` stay open here. Raises BrokenPipeError when nobody reads."""
        data = memoryview(encode(body, id, raw, len(fds)))
        with self._sending:
            if fds:
                data = data[send_with(self._socket, data, list(fds)) :]
            self._socket.sendall(data)

    def close(self) -> None:
        """Close the socket and the descriptors that nobody took."""
        for fd in self._fds:
            os.close(fd)
        self._fds = []
        self._socket.close()

    def close_writing(self) -> None:
        """Tell the other side that nothing more comes."""
        with contextlib.suppress(OSError):  # the other side is gone already: nothing to tell
            self._socket.shutdown(socket.SHUT_WR)

    def _some(self, size: int) -> bytes:
        chunk, fds = receive_with(self._socket, size)
        if fds is None:
            raise BadFrame("More descriptors came than a frame may carry.")
        self._fds.extend(fds)
        return chunk

    def _take_fds(self, count: int) -> tuple[int, ...]:
        if count > len(self._fds):
            raise BadFrame("A descriptor is missing.")
        fds, self._fds = tuple(self._fds[:count]), self._fds[count:]
        return fds


Line = PipeLine | SocketLine


def _decode_head(data: bytes) -> Head:
    try:
        head = msgspec.json.decode(data, type=Head)
    except msgspec.DecodeError as error:
        raise BadFrame(f"The header is not readable: {error}") from error
    if not 0 <= head.raw <= MAX_RAW or not 0 <= head.fds <= MAX_FDS:
        raise BadFrame("The header promises more than a frame may carry.")
    return head
