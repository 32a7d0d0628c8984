"""Where every worker process begins: it gives up the network first, then becomes what it is called.

`python -I -m carrel.worker KIND --line FD[,FD] [arguments]`; KIND is desk, reader, model, index,
keyring, export or become. Nothing heavier than ctypes is imported before the filter is in place.
"""

from __future__ import annotations

import os
import sys

from carrel.process import confine

_OFFLINE = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_DATASETS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
    "ORT_DISABLE_TELEMETRY": "1",  # ONNX Runtime reports its use to its makers unless told not to
    "TOKENIZERS_PARALLELISM": "false",
}


def prepare() -> None:
    """Confine this process and tell the model libraries to stay offline. Call before any import."""
    confine.confine_desk()
    os.environ.update(_OFFLINE)


def prepare_keyring() -> None:
    """Confine this process to local sockets, for the session bus, and to starting no program."""
    confine.confine_window()
    confine.confine_reader()


def main(argv: list[str]) -> int:
    """Run the worker that the arguments name; returns its exit status."""
    kind, rest = argv[0], argv[1:]
    if kind == "keyring":
        prepare_keyring()
    else:
        prepare()
    if kind == "become":
        from carrel.process.becoming import main as become

        return become(rest)
    if kind == "export":
        from carrel.library.exporting import main as export

        return export(rest)
    numbers, rest = rest[1], rest[2:]
    if kind == "desk":
        from carrel.desk.main import main as desk

        return desk(numbers, rest)
    serve_alone(kind, numbers)
    return 0


def serve_alone(kind: str, numbers: str) -> None:
    """Serve the handlers of reader, model or index, one call at a time, until the line ends."""
    from carrel.process.child import open_their_line
    from carrel.process.probing import probe_handlers
    from carrel.process.server import Server

    if kind == "reader":
        from carrel.reading.worker import handlers, limit_self

        limit_self()
    elif kind == "model":
        from carrel.engine.worker import handlers
    elif kind == "index":
        from carrel.library.upkeep import handlers
    elif kind == "keyring":
        from carrel.keyring.worker import handlers
    else:
        raise SystemExit(f"There is no worker called {kind}.")
    Server(open_their_line(numbers), {**handlers(), **probe_handlers()}).run()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
