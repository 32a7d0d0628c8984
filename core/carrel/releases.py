"""Is a downloaded file the one that Carrel's maintainers released? A signed list of files says.

There is no updater: a person downloads a release's files, its list and the list's signature, and

    checked = check(file, read_key(installed_key()))

says so, or raises UserError with the one sentence that is wrong. The list names each file with its
size and SHA-256 in the form of sha256sum; its signature is Ed25519 (RFC 8032) in the two-line form
of OpenBSD's signify, so that both can also be checked without Carrel.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import sys
from pathlib import Path
from typing import NamedTuple

from carrel.errors import UserError

LISTS = "carrel-*.sha256"
SIGNATURE = ".sig"  # added to the list's name
LARGEST_LIST = 1_000_000  # bytes; a release has a dozen files
_ALGORITHM = b"Ed"
_KEY_LENGTH, _SIGNATURE_LENGTH = 42, 74  # bytes: algorithm, number of the key, then 32 or 64
_VERSION = re.compile(r"^# Carrel (\d+(?:\.\d+)*)$", re.MULTILINE)
_SIZE = re.compile(r"^# size (\d+) (\S+)$", re.MULTILINE)
_DIGEST = re.compile(r"^([0-9a-f]{64})  (\S+)$", re.MULTILINE)
_ANEW = "Download it again, from where Carrel is published."
_DO_NOT = "Do not install it. Download everything again, from where Carrel is published."


class Key(NamedTuple):
    """A maintainer's public key: its number (8 bytes, as hex) and the key itself (32 bytes)."""

    number: str
    data: bytes


class Released(NamedTuple):
    """A file of a release; `size` in bytes, `sha256` as hex."""

    name: str
    size: int
    sha256: str


class Release(NamedTuple):
    """What a signed list says: the version and its files by name."""

    version: str
    files: dict[str, Released]


def installed_key() -> Path:
    """Where a package of Carrel has the maintainers' public key."""
    return Path(sys.prefix) / "share" / "carrel" / "release.pub"


def read_key(path: Path) -> Key:
    """A public key in signify's form. Raises UserError when there is none or it is broken."""
    if not path.is_file():
        raise UserError(
            f"This copy of Carrel knows no maintainer's key ({path} is missing), so it cannot tell"
            " who made an update.",
            "Name the key of the maintainers with --key FILE.",
            "no_key",
        )
    data = _decoded(path, _KEY_LENGTH)
    if data is None:
        raise UserError(f"{path} is not a public key.", "Name another with --key FILE.", "no_key")
    return Key(data[2:10].hex(), data[10:])


def check(file: Path, key: Key, listed_in: Path | None = None) -> tuple[Released, str]:
    """What the release says of `file`, once it is known to be that; and the release's version.

    Without `listed_in` the lists that lie beside the file are asked, the newest version first.
    Raises UserError "missing", "unsigned", "other_key", "changed_list", "not_listed" or "changed".
    """
    if not file.is_file():
        raise UserError(f"There is no file {file}.", "Look at its name.", "missing")
    release = signed(listed_in or _list_for(file), key)
    entry = release.files.get(file.name)
    if entry is None:
        raise UserError(
            f"{file.name} is not a file of Carrel {release.version}, by the list of that release.",
            "Do not install it, unless you know where it came from.",
            "not_listed",
        )
    _compare(file, entry)
    return entry, release.version


def signed(path: Path, key: Key) -> Release:
    """The content of a list whose signature was checked. Raises UserError when it is not good."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    text = _content(path)
    signature = _signature_of(path)
    number = signature[2:10].hex()
    if number != key.number:
        raise UserError(
            f"{path.name} was signed with another key ({number}) than the one that this Carrel"
            f" knows ({key.number}).",
            _DO_NOT,
            "other_key",
        )
    try:
        Ed25519PublicKey.from_public_bytes(key.data).verify(signature[10:], text)
    except InvalidSignature:
        raise UserError(
            f"{path.name} was changed after Carrel's maintainers had signed it.",
            _DO_NOT,
            "changed_list",
        ) from None
    return parse(text.decode("utf-8", "replace"), path.name)


def parse(text: str, name: str) -> Release:
    """A list of files. Raises UserError when it is none."""
    version = _VERSION.search(text)
    sizes = {file: int(size) for size, file in _SIZE.findall(text)}
    files = {
        file: Released(file, sizes[file], digest)
        for digest, file in _DIGEST.findall(text)
        if file in sizes
    }
    if version is None or not files:
        raise UserError(f"{name} is not a list of a release of Carrel.", _ANEW, "changed_list")
    return Release(version.group(1), files)


def older(version: str, than: str) -> bool:
    """Whether one version comes before another; they are numbers with dots."""
    return _numbers(version) < _numbers(than)


def _numbers(version: str) -> tuple[int, ...]:
    found = re.match(r"\d+(?:\.\d+)*", version)
    return tuple(int(one) for one in found.group().split(".")) if found else ()


def _list_for(file: Path) -> Path:
    """The list beside `file` that names it, else the one of the newest version."""
    lists = [
        (_numbers(path.name.removeprefix("carrel-")), path)
        for path in file.absolute().parent.glob(LISTS)
    ]
    if not lists:
        raise UserError(
            f"Beside {file.name} lies no list of its release ({LISTS}).",
            "Download that list and its signature (.sha256 and .sha256.sig) into the same folder.",
            "missing",
        )
    newest_first = [path for _, path in sorted(lists, reverse=True)]
    naming = [one for one in newest_first if file.name.encode() in _content(one)]
    return (naming or newest_first)[0]


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as opened:
            data = opened.read(LARGEST_LIST + 1)
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}.", _ANEW, "missing") from error
    if len(data) > LARGEST_LIST:
        raise UserError(f"{path.name} is not a list of a release.", _ANEW, "changed_list")
    return data


def _signature_of(path: Path) -> bytes:
    file = path.with_name(path.name + SIGNATURE)
    if not file.is_file():
        raise UserError(
            f"The signature of {path.name} is missing, so nobody can say who made that list.",
            f"Download {file.name} into the same folder.",
            "unsigned",
        )
    data = _decoded(file, _SIGNATURE_LENGTH)
    if data is None:
        raise UserError(f"{file.name} is not a signature.", _ANEW, "unsigned")
    return data


def _decoded(path: Path, length: int) -> bytes | None:
    """The second line of a file in signify's form, None when it is not of that form."""
    with path.open("rb") as opened:
        lines = opened.read(4096).splitlines()
    if len(lines) != 2 or not lines[0].startswith(b"untrusted comment: "):
        return None
    try:
        data = base64.b64decode(lines[1], validate=True)
    except binascii.Error:
        return None
    return data if len(data) == length and data.startswith(_ALGORITHM) else None


def _compare(file: Path, entry: Released) -> None:
    size = file.stat().st_size
    if size < entry.size:
        raise UserError(
            f"{file.name} is not whole: {size:,} of {entry.size:,} bytes are here.",
            _ANEW,
            "changed",
        )
    with file.open("rb") as opened:
        digest = hashlib.file_digest(opened, "sha256").hexdigest()
    if size != entry.size or digest != entry.sha256:
        raise UserError(
            f"{file.name} is not the file that was released: its content is another.",
            _DO_NOT,
            "changed",
        )
