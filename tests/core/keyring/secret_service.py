"""A session bus and a Secret Service in one, as small as the client lets them be, so that the tests
need no desktop: one collection in memory, secrets in the clear, D-Bus over a socket of its own.
"""

from __future__ import annotations

import contextlib
import itertools
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jeepney import Endianness, HeaderFields, Message, MessageType, new_error, new_method_return
from jeepney.low_level import Header, Parser

_COLLECTION = "/org/freedesktop/secrets/aliases/default"
_SECRET = "org.freedesktop.Secret."


class SecretService:
    """Serves clients until closed. `entries`: path -> (attributes, secret); `locked` closes the
    collection, and its dialog is then dismissed; `offered` False hides the service."""

    def __init__(self, path: Path) -> None:
        self.entries: dict[str, tuple[dict[str, str], bytes]] = {}
        self.labels: list[str] = []
        self.locked = False
        self.offered = True
        self.address = f"unix:path={path}"
        self._numbers = itertools.count(1)
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.bind(str(path))
        self._socket.listen()
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(5)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._socket.accept()
            except OSError:
                return
            with contextlib.closing(client):
                self._serve(client)

    def _serve(self, client: socket.socket) -> None:
        greeting = b""
        while b"AUTH" not in greeting or not greeting.endswith(b"\r\n"):
            greeting += client.recv(1024)
        client.sendall(b"OK 0123456789abcdef0123456789abcdef\r\n")
        rest = b""
        while b"BEGIN\r\n" not in rest:
            rest += client.recv(1024)
        parser = Parser()
        parser.add_data(rest.partition(b"BEGIN\r\n")[2])
        while True:
            while (message := parser.get_next_message()) is not None:
                for reply in self._answer(message):
                    client.sendall(reply.serialise(serial=next(self._numbers)))
            if not (data := client.recv(65536)):
                return
            parser.add_data(data)

    def _answer(self, message: Message) -> Iterator[Message]:
        fields = message.header.fields
        member, path = fields[HeaderFields.member], fields[HeaderFields.path]
        body = message.body
        if member == "Get":
            yield self._property(message, path, body[1])
        elif member == "Prompt":
            yield new_method_return(message)
            yield _dismissed(path)
        else:
            found = self._call(member, path, body)
            yield (
                new_method_return(message, *found)
                if found is not None
                else new_error(message, "org.freedesktop.DBus.Error.NotSupported")
            )

    def _property(self, message: Message, path: str, name: str) -> Message:
        if path != _COLLECTION and path not in self.entries:
            return new_error(message, f"{_SECRET}Error.NoSuchObject")
        value = ("b", self.locked) if name == "Locked" else ("s", "an entry")
        return new_method_return(message, "v", (value,))

    def _call(self, member: str, path: str, body: tuple[Any, ...]) -> tuple[Any, ...] | None:
        """Signature and values of the reply; None for what is refused."""
        if member == "Hello":
            return "s", (":1.1",)
        if member == "AddMatch":
            return "", ()
        if member == "NameHasOwner":
            return "b", (self.offered,)
        if member == "ListActivatableNames":
            return "as", ([],)
        if member == "OpenSession":
            return ("vo", (("s", ""), "/session")) if body[0] == "plain" else None
        if member == "Unlock":
            return "aoo", ([], "/prompt") if self.locked else (list(body[0]), "/")
        if member == "SearchItems":
            found = [at for at, (has, _) in self.entries.items() if body[0].items() <= has.items()]
            return "aoao", ([], found) if not self.locked else (found, [])
        return self._entry(member, path, body)

    def _entry(self, member: str, path: str, body: tuple[Any, ...]) -> tuple[Any, ...] | None:
        if member == "CreateItem":
            properties, (_session, _iv, secret, _type), _replace = body
            attributes = properties[f"{_SECRET}Item.Attributes"][1]
            self.labels.append(properties[f"{_SECRET}Item.Label"][1])
            same = [at for at, (has, _) in self.entries.items() if has == attributes]
            at = same[0] if same else f"{_COLLECTION}/{next(self._numbers)}"
            self.entries[at] = (attributes, bytes(secret))
            return "oo", (at, "/")
        if member == "GetSecret":
            secret = self.entries[path][1]
            return "(oayays)", (("/session", b"", secret, "text/plain"),)
        if member == "Delete":
            del self.entries[path]
            return "o", ("/",)
        return None


def _dismissed(path: str) -> Message:
    """The signal that a dialog was closed without an answer."""
    fields = {
        HeaderFields.path: path,
        HeaderFields.interface: f"{_SECRET}Prompt",
        HeaderFields.member: "Completed",
        HeaderFields.signature: "bv",
    }
    header = Header(Endianness.little, MessageType.signal, 0, 1, -1, -1, fields)
    return Message(header, (True, ("ao", [])))
