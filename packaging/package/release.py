"""`make sign`: writes the list of the files in dist and signs it with a maintainer's key.

    python packaging/package/release.py new-key KEY     once: makes a key, and its public half
    CARREL_SIGNING_KEY=KEY make sign                    the list and its signature, into dist

The private key is a file in PEM form outside the repository; its public half, release.pub beside
runtime.lock, is committed and goes into the package. List and signature are what sha256sum and
OpenBSD's signify read, and `carrel verify-update` (core/carrel/releases.py).
"""

from __future__ import annotations

import base64
import getpass
import hashlib
import os
import sys
from pathlib import Path

import places
from console import ROOT, SetupError, failed, say
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

PUBLIC = ROOT / "packaging" / "release.pub"
VARIABLE = "CARREL_SIGNING_KEY"
_ALGORITHM = b"Ed"


def number(key: Ed25519PublicKey) -> bytes:
    """The number by which a signature names its key: 8 bytes, made from the key itself."""
    return hashlib.sha256(raw(key)).digest()[:8]


def raw(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def two_lines(comment: str, key: Ed25519PublicKey, data: bytes) -> str:
    """signify's form of a key or a signature."""
    text = base64.b64encode(_ALGORITHM + number(key) + data).decode()
    return f"untrusted comment: {comment}\n{text}\n"


def public_text(key: Ed25519PublicKey) -> str:
    """The file of a public key."""
    return two_lines("public key of Carrel's maintainers", key, raw(key))


def load(path: Path) -> Ed25519PrivateKey:
    """A private key; its passphrase, where it has one, is asked for. Raises SetupError."""
    if path.absolute().is_relative_to(ROOT):
        raise SetupError(
            f"{path} lies inside the repository, where it might be committed.",
            "Keep the key somewhere else.",
        )
    try:
        data = path.read_bytes()
        locked = b"ENCRYPTED" in data
        words = getpass.getpass(f"Passphrase of {path}: ").encode() if locked else None
        key = load_pem_private_key(data, words)
    except OSError as error:
        raise SetupError(f"{path} cannot be read: {error.strerror}.", f"Set {VARIABLE}.") from error
    except (ValueError, TypeError) as error:
        raise SetupError(f"{path} is not a private key: {error}", f"Set {VARIABLE}.") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise SetupError(f"{path} is not an Ed25519 key.", "Make one: release.py new-key FILE")
    return key


def new_key(path: Path) -> str:
    """Make a private key at `path`, readable by its owner alone; the text of its public half."""
    if path.absolute().is_relative_to(ROOT):
        raise SetupError("A private key does not belong into the repository.", "Name another path.")
    key = Ed25519PrivateKey.generate()
    data = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise SetupError(
            f"{path} cannot be made: {error.strerror}.", "Name another path."
        ) from error
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
    return public_text(key.public_key())


def list_of(files: list[Path], version: str) -> str:
    """The list of a release: its version, then each file with size and SHA-256."""
    lines = [f"# Carrel {version}\n"]
    for path in sorted(files):
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        lines.append(f"# size {path.stat().st_size} {path.name}\n{digest}  {path.name}\n")
    return "".join(lines)


def sign(folder: Path, key: Ed25519PrivateKey, version: str) -> Path:
    """Write the list of a folder's packages and its signature there; returns the list."""
    files = [*folder.glob("*.deb"), *folder.glob("*.tar.zst")]
    if not files:
        raise SetupError(f"There are no packages in {folder}.", "Type: make package")
    for older in [*folder.glob("carrel-*.sha256"), *folder.glob("carrel-*.sha256.sig")]:
        older.unlink()
    target = folder / f"carrel-{version}.sha256"
    text = list_of(files, version)
    target.write_text(text, encoding="utf-8")
    public = key.public_key()
    signature = two_lines("verify with release.pub", public, key.sign(text.encode()))
    target.with_name(f"{target.name}.sig").write_text(signature, encoding="utf-8")
    return target


def sign_dist() -> None:
    """Sign what lies in dist with the key that CARREL_SIGNING_KEY names. Raises SetupError."""
    named = os.environ.get(VARIABLE)
    if not named:
        raise SetupError("Which key?", f"{VARIABLE}=FILE make sign")
    key = load(Path(named))
    known = PUBLIC.read_text(encoding="utf-8") if PUBLIC.is_file() else ""
    if known.splitlines()[1:] != public_text(key.public_key()).splitlines()[1:]:
        raise SetupError(
            f"{PUBLIC.name} is not the public half of this key, so no installed Carrel would"
            " believe it.",
            "Take the right key; a new one's public half (new-key prints it) goes into that file,"
            " and then type: make package",
        )
    target = sign(places.OUT, key, places.version())
    say(f"  {target.name} and {target.name}.sig are in {target.parent}.")


def main(arguments: list[str]) -> int:
    try:
        if arguments[:1] == ["new-key"] and len(arguments) == 2:
            print(new_key(Path(arguments[1])), end="")
        elif not arguments:
            sign_dist()
        else:
            raise SetupError("That is not one of the two ways.", "See the top of release.py.")
    except SetupError as error:
        return failed(error)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
