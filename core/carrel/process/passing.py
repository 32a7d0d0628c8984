"""Open descriptors that travel over an AF_UNIX stream socket, where the platform has that."""

from __future__ import annotations

import array
import socket
import sys

MAX_FDS = 4


def send_with(sock: socket.socket, data: memoryview, fds: list[int]) -> int:
    """Send the first byte of `data` with the descriptors; returns the bytes sent."""
    if sys.platform == "win32":
        raise OSError("Windows passes no descriptors over sockets.")
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))]
    return sock.sendmsg([data[:1]], rights)


def receive_with(sock: socket.socket, size: int) -> tuple[bytes, list[int] | None]:
    """Receive up to `size` bytes and the descriptors that came along; None when some were cut."""
    if sys.platform == "win32":
        return sock.recv(size), []
    room = socket.CMSG_SPACE(MAX_FDS * array.array("i").itemsize)
    chunk, ancillary, flags, _ = sock.recvmsg(size, room)
    if flags & socket.MSG_CTRUNC:
        return chunk, None
    fds: list[int] = []
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            fds.extend(array.array("i", data))
    return chunk, fds
