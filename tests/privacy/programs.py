"""Ways in which a parser that a file has taken over could start a program, planted for the tests.

`python -I programs.py KIND [reader|recognizer]` tries one and prints "started", or "refused: " and
why. With a second word the process first limits itself as the reader does, or as the process that
becomes tesseract.
"""

from __future__ import annotations

import ctypes
import os
import platform
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable

TRUE = "/bin/true"
LOADER = ""
FOLDER = os.environ.get("PLANTED", "/tmp")
# execveat, process_vm_readv, memfd_create
_NUMBERS = {"x86_64": (322, 310, 319), "aarch64": (281, 270, 279)}
_CLONE3 = 435


def _call(*arguments: object) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    result: int = libc.syscall(*arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def try_execve() -> None:
    os.execv(sys.executable, [sys.executable, "-I", "-c", "print('started')"])


def try_execveat() -> None:
    """What stands in memory starts without a path; the C library has no part in it."""
    number = _NUMBERS[platform.machine()][0]
    words = (ctypes.c_char_p * 3)(b"/bin/echo", b"started", None)
    none = (ctypes.c_char_p * 1)(None)
    _call(number, -100, ctypes.c_char_p(b"/bin/echo"), words, none, 0)


def _end(child: int) -> None:
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)


def try_fork() -> None:
    _end(os.fork())


def try_vfork() -> None:
    """posix_spawn uses vfork, or a clone that stands for it."""
    _end(os.posix_spawn(TRUE, [TRUE], {}))


def try_clone3() -> None:
    arguments = (ctypes.c_uint64 * 8)(0, 0, 0, 0, signal.SIGCHLD, 0, 0, 0)
    _end(_call(_CLONE3, arguments, 64))


def try_popen() -> None:
    subprocess.run([TRUE], check=True)


def try_system() -> None:
    if os.system(TRUE) != 0:
        raise OSError("The shell was not started.")


def try_memory() -> None:
    """Another process's memory; this one's own stands for it, which the kernel always allows."""
    number = _NUMBERS[platform.machine()][1]
    secret, copy = ctypes.create_string_buffer(b"secret"), ctypes.create_string_buffer(7)
    here = (ctypes.c_uint64 * 2)(ctypes.addressof(copy), 7)
    there = (ctypes.c_uint64 * 2)(ctypes.addressof(secret), 7)
    none = ctypes.c_long(0)  # the last of six goes over the stack, all of it
    _call(number, os.getpid(), here, 1, there, 1, none)


def try_thread() -> None:
    """No program: a thread, which the reader may have."""
    ran: list[int] = []
    thread = threading.Thread(target=ran.append, args=(1,))
    thread.start()
    thread.join()
    if not ran:
        raise OSError("The thread did not run.")


def try_memfd() -> None:
    """A program of its own, in a file that has no place."""
    fd = _call(_NUMBERS[platform.machine()][2], ctypes.c_char_p(b"x"), 0)
    with open("/bin/true", "rb") as program:
        os.write(fd, program.read())
    pid = os.fork()
    if pid == 0:
        os.execv(f"/proc/self/fd/{fd}", ["x"])
    if os.waitpid(pid, 0)[1] != 0:
        raise OSError("The program in memory did not run.")


def try_loader() -> None:
    """The loader of programs, which the recognizer may run, given another one to load."""
    os.execv(LOADER, [LOADER, "/bin/echo", "started"])


def _loader() -> str:
    from carrel.reading.tesseract import libraries_of

    found = [one for one in libraries_of(sys.executable) if "/ld-" in one]
    return found[0] if found else ""


def try_write() -> None:
    """No program: a file that others will find."""
    with open(os.path.join(FOLDER, "planted"), "w") as file:
        file.write("planted")


def try_empty() -> None:
    """As above; not a byte is written, so that no limit of a file's size is in the way."""
    os.close(os.open(os.path.join(FOLDER, "planted"), os.O_WRONLY | os.O_CREAT, 0o600))


def try_read() -> None:
    """No program: a file of the user's."""
    with open(__file__, encoding="utf-8") as file:
        file.read()


def try_socket() -> None:
    socket.socket(socket.AF_INET, socket.SOCK_STREAM).close()


def try_signal() -> None:
    """A signal to a process outside: to the one that started this."""
    os.kill(os.getppid(), 0)


TRIES: dict[str, Callable[[], None]] = {
    name.removeprefix("try_"): found
    for name, found in list(globals().items())
    if name.startswith("try_")
}


def main(kind: str, confinement: str = "") -> int:
    global LOADER
    LOADER = _loader()
    if confinement:
        from carrel.process import confine
        from carrel.reading.worker import limit_self

        assert confine.confine_desk(), "This platform cannot confine a process."
        if confinement == "reader":
            limit_self()
        else:
            true = os.path.realpath("/bin/true")
            confine.confine_recognizer(["/usr/share/zoneinfo"], [true, LOADER])
    try:
        TRIES[kind]()
    except OSError as error:
        sys.stdout.write(f"refused: {error}\n")
        return 3
    sys.stdout.write("started\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
