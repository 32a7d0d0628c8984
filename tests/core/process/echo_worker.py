"""A worker for tests: it echoes, counts, hangs, dies, or reads the file it is handed."""

import os
import sys

from carrel.errors import UserError
from carrel.events import Message
from carrel.process import confine
from carrel.process.child import open_their_line
from carrel.process.probing import probe_handlers
from carrel.process.server import Server


class Echo(Message, frozen=True):
    text: str
    raw: int = 0


class Count(Message, frozen=True):
    to: int


class Hang(Message, frozen=True):
    pass


class Die(Message, frozen=True):
    signal: int


class ReadFile(Message, frozen=True):
    pass


class Refuse(Message, frozen=True):
    pass


class Said(Message, frozen=True):
    text: str


def echo(request, call):
    yield Said(text=request.text), b"x" * request.raw


def count(request, call):
    for i in range(request.to):
        if call.cancel.is_set():
            yield Said(text="cancelled")
            return
        yield Said(text=str(i))


def hang(request, call):
    yield Said(text="hanging")
    call.cancel.wait()
    yield Said(text="released")


def die(request, call):
    sys.stderr.write("last line before the end\n")
    os.kill(os.getpid(), request.signal)
    yield Said(text="never")


def read_file(request, call):
    yield Said(text=os.pread(call.fds[0], 100, 0).decode())


def refuse(request, call):
    raise UserError("This cannot be done.", "Do something else.", "no")
    yield


HANDLERS = {Echo: echo, Count: count, Hang: hang, Die: die, ReadFile: read_file, Refuse: refuse}


if __name__ == "__main__":
    confine.confine_desk()
    numbers = sys.argv[sys.argv.index("--line") + 1]
    Server(open_their_line(numbers), {**HANDLERS, **probe_handlers()}).run()
