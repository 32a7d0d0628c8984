"""Four ways to send a secret away, and io_uring: planted, so that the checker can be checked.

`python -I leaks.py KIND ADDRESS [desk|window]`; ADDRESS is a port of this computer, or a path for
the datagram. With a third argument the process confines itself first, as Carrel's do. It prints
"sent", or "refused: " and why.
"""

from __future__ import annotations

import ctypes
import os
import socket
import struct
import sys
from collections.abc import Callable

SECRET = b"the secret"


def leak_python(port: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as sock:
        sock.connect(("127.0.0.1", int(port)))
        sock.sendall(SECRET)


def leak_native(port: str) -> None:
    """The C library's own functions: Python and its audit hooks see none of this."""
    libc = ctypes.CDLL(None, use_errno=True)
    # struct sockaddr_in: family in this machine's order, port and address in the network's
    address = struct.pack("=H", socket.AF_INET) + struct.pack("!H4s8x", int(port), b"\x7f\0\0\1")
    fd = libc.socket(socket.AF_INET, socket.SOCK_STREAM, 0)
    if fd < 0 or libc.connect(fd, address, len(address)) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    os.write(fd, SECRET)


def leak_qt(port: str) -> None:
    from PySide6.QtCore import QCoreApplication
    from PySide6.QtNetwork import QTcpSocket

    app = QCoreApplication([])
    sock = QTcpSocket(app)
    sock.connectToHost("127.0.0.1", int(port))
    if not sock.waitForConnected(5_000):
        raise OSError(sock.errorString())
    sock.write(SECRET)
    sock.waitForBytesWritten(5_000)


def leak_datagram(path: str) -> None:
    """A pair of datagram sockets needs no socket() and no connect() to reach a third one."""
    ours, _ = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    ours.sendto(SECRET, path)


def leak_io_uring(_: str) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.syscall(425, 1, ctypes.create_string_buffer(256)) < 0:  # io_uring_setup
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


LEAKS: dict[str, Callable[[str], None]] = {
    "python": leak_python,
    "native": leak_native,
    "qt": leak_qt,
    "datagram": leak_datagram,
    "io_uring": leak_io_uring,
}


def main(kind: str, address: str, confinement: str = "") -> int:
    if confinement:
        from carrel.process import confine

        shapes = {"desk": confine.confine_desk, "window": confine.confine_window}
        assert shapes[confinement](), "This platform cannot confine a process."
    try:
        LEAKS[kind](address)
    except OSError as error:
        sys.stdout.write(f"refused: {error}\n")
        return 3
    sys.stdout.write("sent\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
