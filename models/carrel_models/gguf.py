"""Reads the header of a GGUF file (what a model says about itself) without trusting a byte of it.

    head = read_header(path)
    head.metadata["general.architecture"], head.tensors[0].shape

The format (GGUF versions 2 and 3, little-endian;
https://github.com/ggml-org/ggml/blob/master/docs/gguf.md): magic, version, number of tensors,
number of metadata pairs, the pairs, then per tensor its name, shape, type and offset, then the
tensor data from the next aligned byte on. Every count and length is checked against a limit and
against the bytes that are left before anything is allocated for it, and the work is bounded too: a
header may hold so many texts in all. Long arrays (a vocabulary) are skipped and only counted.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO, NamedTuple

from carrel_models.files import is_regular
from carrel_models.formats import other_format

MAX_HEADER = 512 * 1024 * 1024
MAX_PAIRS = 20_000
MAX_TENSORS = 65_536
MAX_KEY = 65_535
MAX_NAME = 255
MAX_STRING = 16 * 1024 * 1024
MAX_ARRAY = 16_000_000
MAX_TEXTS = 8_000_000  # in all arrays together; the largest vocabulary known has 262,144 tokens
MAX_KEPT = 64 * 1024 * 1024  # bytes of text that are kept in memory
KEEP_ARRAY = 1_024
MAX_DIMENSIONS = 4
MAX_ELEMENTS = 1 << 48
_BLOCK = 1 << 20

_BOOL, _STRING, _ARRAY = 7, 8, 9
_SCALARS = {
    0: struct.Struct("<B"),
    1: struct.Struct("<b"),
    2: struct.Struct("<H"),
    3: struct.Struct("<h"),
    4: struct.Struct("<I"),
    5: struct.Struct("<i"),
    6: struct.Struct("<f"),
    _BOOL: struct.Struct("<?"),
    10: struct.Struct("<Q"),
    11: struct.Struct("<q"),
    12: struct.Struct("<d"),
}
_U32 = struct.Struct("<I")
_U64 = struct.Struct("<Q")


class BadGguf(ValueError):
    """The file is not a GGUF that can be used; the message is one sentence for people.

    `what_to_do` is the next step where there is a better one than to download the file again.
    """

    def __init__(self, message: str, what_to_do: str = "") -> None:
        super().__init__(_short(message))
        self.what_to_do = what_to_do


def _short(message: str) -> str:
    """A message that quotes the file, which may have quoted a novel at us: without its middle."""
    return message if len(message) <= 400 else f"{message[:250]} … {message[-100:]}"


class Array(NamedTuple):
    """A metadata array: its GGUF element type, its length, its values when it is short, and where
    in the file they begin when it is long."""

    kind: int
    length: int
    values: tuple[Scalar, ...] | None
    at: int = 0


Scalar = int | float | bool | str
Value = Scalar | Array


class Tensor(NamedTuple):
    """A tensor's entry: shape with the fastest dimension first, ggml type, offset in the data."""

    name: str
    shape: tuple[int, ...]
    type: int
    offset: int

    @property
    def elements(self) -> int:
        """The number of weights."""
        count = 1
        for size in self.shape:
            count *= size
        return count


class Header(NamedTuple):
    """What a GGUF file says about itself. Sizes and offsets in bytes; `kinds` are the GGUF types of
    the metadata values, where llama.cpp insists on one."""

    version: int
    metadata: dict[str, Value]
    tensors: list[Tensor]
    alignment: int
    data_offset: int
    file_size: int
    kinds: Mapping[str, int] = MappingProxyType({})

    def text(self, key: str) -> str:
        """The string at `key`, "" when there is none."""
        value = self.metadata.get(key)
        return value if isinstance(value, str) else ""

    def integer(self, key: str) -> int | None:
        """The integer at `key`, None when there is none."""
        value = self.metadata.get(key)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def texts(self, key: str) -> list[str]:
        """The strings of the short array at `key`, [] when there is none."""
        value = self.metadata.get(key)
        found = value.values if isinstance(value, Array) else None
        return [one for one in found or () if isinstance(one, str)]


def read_header(path: Path | str) -> Header:
    """Read the header of the GGUF at `path`, at most 512 MiB of it.

    Raises BadGguf when the file is no GGUF, is cut short, or promises impossible things, and
    OSError when it cannot be read.
    """
    path = Path(path)
    if not is_regular(path):  # opening a pipe would wait for ever
        raise BadGguf("This is not a file.", "Name the .gguf file itself.")
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(0)
        return _parse(_Cursor(file, size))


class _Cursor:
    """A position in the file; reads ahead in blocks and never past the header limit."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self._buffer = b""
        self._start = 0  # where in the file the buffer begins
        self._at = 0  # position inside the buffer
        self._texts = MAX_TEXTS
        self._kept = MAX_KEPT
        self.size = size

    @property
    def position(self) -> int:
        return self._start + self._at

    def need(self, count: int) -> None:
        """Make sure that `count` more bytes are in the buffer."""
        if len(self._buffer) - self._at >= count:
            return
        if count > self.size - self.position:
            raise BadGguf(_CUT, _AGAIN)
        if self.position + count > MAX_HEADER:
            raise BadGguf("The file's header is larger than 512 MiB.")
        rest = self._buffer[self._at :]
        self._start, self._at = self.position, 0
        self._buffer = rest + self._file.read(max(count - len(rest), _BLOCK))
        if len(self._buffer) < count:
            raise BadGguf("The file became shorter while it was read.")

    def take(self, count: int) -> bytes:
        self.need(count)
        self._at += count
        return self._buffer[self._at - count : self._at]

    def peek(self, count: int) -> bytes:
        """The next `count` bytes, or as many as there are, without moving on."""
        self.need(min(count, self.size - self.position))
        return self._buffer[self._at : self._at + count]

    def skip(self, count: int) -> None:
        if count > self.size - self.position:
            raise BadGguf(_CUT, _AGAIN)
        left = len(self._buffer) - self._at
        if count <= left:
            self._at += count
            return
        self._start = self._file.seek(self.position + count)
        self._buffer, self._at = b"", 0

    def unpack(self, form: struct.Struct) -> int | float | bool:
        value: int | float | bool = form.unpack(self.take(form.size))[0]
        return value

    def u32(self) -> int:
        return int(self.unpack(_U32))

    def u64(self) -> int:
        return int(self.unpack(_U64))

    def string(self, limit: int, what: str) -> str:
        length = self.u64()
        if length > limit:
            raise BadGguf(
                f"The file's header holds {what} of {length} bytes, which cannot be right."
            )
        self.keep(length)
        return self.take(length).decode("utf-8", "replace")

    def keep(self, count: int) -> None:
        """Count bytes that stay in memory. Raises BadGguf when they are more than makes sense."""
        self._kept -= count
        if self._kept < 0:
            raise BadGguf("The file's header holds more text and numbers than any model has.")

    def skip_strings(self, count: int) -> None:
        """Skip `count` strings: the inner loop of a large vocabulary."""
        self._texts -= count
        if self._texts < 0:
            raise BadGguf("The file's header holds more words than any model has.")
        unpack = _U64.unpack_from
        buffer, at, end = self._buffer, self._at, len(self._buffer)
        for _ in range(count):
            if at + 8 <= end:
                (length,) = unpack(buffer, at)
                if at + 8 + length <= end:
                    at += 8 + length
                    continue
            self._at = at
            self._skip_string()
            buffer, at, end = self._buffer, self._at, len(self._buffer)
        self._at = at

    def _skip_string(self) -> None:
        """Skip one string that may end beyond the buffer."""
        length = self.u64()
        if length > MAX_STRING:
            raise BadGguf(f"The file's header holds a text of {length} bytes.")
        self.skip(length)


_CUT = "The file ends in the middle of its header: it was not copied completely."
_AGAIN = "Download it again and wait until it is complete."


def _parse(cursor: _Cursor) -> Header:
    version = _check_start(cursor)
    tensor_count, pair_count = cursor.u64(), cursor.u64()
    if tensor_count > MAX_TENSORS or pair_count > MAX_PAIRS:
        raise BadGguf(
            f"The file's header promises {tensor_count} tensors and {pair_count} entries, "
            "which cannot be right."
        )
    metadata: dict[str, Value] = {}
    kinds: dict[str, int] = {}
    for _ in range(pair_count):
        key = cursor.string(MAX_KEY, "a key")
        kinds[key] = int.from_bytes(cursor.peek(4), "little")
        metadata[key] = _read_value(cursor)
    tensors = [_read_tensor(cursor) for _ in range(tensor_count)]
    alignment = _alignment(metadata)
    data_offset = -(-cursor.position // alignment) * alignment
    return Header(version, metadata, tensors, alignment, data_offset, cursor.size, kinds)


def _check_start(cursor: _Cursor) -> int:
    if cursor.size == 0:
        raise BadGguf("The file is empty.", _AGAIN)
    start = cursor.peek(16)
    if start[:4] != b"GGUF":
        raise BadGguf(*other_format(start))
    cursor.skip(4)
    version = cursor.u32()
    if version not in (2, 3):
        if version in (0x02000000, 0x03000000):
            raise BadGguf("The file is a big-endian GGUF, made for another kind of computer.")
        raise BadGguf(f"The file is a GGUF of version {version}; versions 2 and 3 can be read.")
    return version


def _read_value(cursor: _Cursor) -> Value:
    kind = cursor.u32()
    if kind in _SCALARS:
        return cursor.unpack(_SCALARS[kind])
    if kind == _STRING:
        return cursor.string(MAX_STRING, "a text")
    if kind == _ARRAY:
        return _read_array(cursor)
    raise BadGguf(f"The file's header holds a value of unknown type {kind}.")


def _read_array(cursor: _Cursor) -> Array:
    kind, count = cursor.u32(), cursor.u64()
    form = _SCALARS.get(kind)
    if form is None and kind != _STRING:
        raise BadGguf(f"The file's header holds an array of unknown type {kind}.")
    smallest = form.size if form else 8
    if count > MAX_ARRAY or count * smallest > cursor.size - cursor.position:
        raise BadGguf(
            f"The file's header promises an array of {count} entries and does not hold it."
        )
    if form is None:
        return _read_strings(cursor, count)
    if count > KEEP_ARRAY:
        at = cursor.position
        cursor.skip(count * form.size)
        return Array(kind, count, None, at)
    cursor.keep(count * 32)
    return Array(kind, count, tuple(v for (v,) in form.iter_unpack(cursor.take(count * form.size))))


def _read_strings(cursor: _Cursor, count: int) -> Array:
    if count > KEEP_ARRAY:
        at = cursor.position
        cursor.skip_strings(count)
        return Array(_STRING, count, None, at)
    values = tuple(cursor.string(MAX_STRING, "a text") for _ in range(count))
    return Array(_STRING, count, values)


def _read_tensor(cursor: _Cursor) -> Tensor:
    name = cursor.string(MAX_NAME, "a tensor name")
    dimensions = cursor.u32()
    if not 1 <= dimensions <= MAX_DIMENSIONS:
        raise BadGguf(f"The tensor {name!r} has {dimensions} dimensions, which cannot be right.")
    shape = tuple(cursor.u64() for _ in range(dimensions))
    tensor = Tensor(name, shape, cursor.u32(), cursor.u64())
    if 0 in shape or max(shape) > MAX_ELEMENTS or tensor.elements > MAX_ELEMENTS:
        raise BadGguf(f"The tensor {name!r} has an impossible shape.")
    return tensor


def _alignment(metadata: dict[str, Value]) -> int:
    value = metadata.get("general.alignment", 32)
    if not isinstance(value, int) or value < 1 or value > 1 << 20 or value & (value - 1):
        raise BadGguf(f"The file's alignment is {value}, which is not a power of two.")
    return value
