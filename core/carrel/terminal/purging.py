"""`carrel --purge-user-data`: removes all that Carrel keeps for this user, and says what that was.

Of a folder named with --profile only what Carrel itself makes in one is removed: a folder that was
named by mistake, or that holds other things beside it, keeps them.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from carrel.errors import Cancelled, UserError
from carrel.process.instance import Instance, holder
from carrel.profile import Profile

if TYPE_CHECKING:
    from carrel.keyring.client import Keyring
    from carrel.terminal.output import Output

FLAG = "--purge-user-data"
# All that a profile's folder ever holds; what starts with the database's name is its journal.
_MADE = (
    "index", "models", "adapters", "presets", "rates", "embedders", "keyring", "logs", "lock",
    "raise", "reserve", "settings.toml", "index.lock", "lab_runs.json",
)  # fmt: skip
_DATABASE = "carrel.db"


def main(argv: Sequence[str]) -> int:
    """Run `carrel --purge-user-data [--profile DIR] [--yes] [--json]`; the exit status."""
    parser = argparse.ArgumentParser(prog=f"carrel {FLAG}", description=__doc__)
    parser.add_argument(FLAG, action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--profile", metavar="DIR", help="of this folder, not of your own profile")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args(argv)
    keyring = _keyring(Profile.at(options.profile))
    from carrel.worker import prepare

    prepare()
    from carrel.terminal.output import Output

    output = Output(options.json)
    try:
        return purge(options.profile, output, yes=options.yes, keyring=keyring)
    except UserError as error:
        output.error(error)
        return 1
    except (Cancelled, KeyboardInterrupt):
        output.note("Nothing was removed.")
        return 130
    finally:
        if keyring is not None:
            keyring.close()


def _keyring(profile: Profile) -> Keyring | None:
    """The system keyring's process, where it keeps this profile's key: started before the filter,
    because it needs a local socket."""
    if not profile.keyring.is_file():
        return None
    from carrel.keyring.client import Keyring

    keyring = Keyring(profile.keyring)
    keyring.start()
    return keyring


class Removed(NamedTuple):
    """What was removed: each path with its bytes, and folders of ours that keep other things."""

    paths: list[tuple[str, int]]
    kept: list[str]


def purge(
    folder: str | None, output: Output, *, yes: bool = False, keyring: Keyring | None = None
) -> int:
    """Ask unless `yes`, remove, and say what was removed; 0. Raises UserError "in_use", "confirm",
    "profile"; Cancelled when the answer is no."""
    profile = Profile.at(folder)
    found = things(profile, own=folder is None)
    if not found:
        _say(Removed([], []), output)
        return 0
    if not yes:
        _confirm(found, output)
    with _alone(profile):
        if keyring is not None and keyring.remembered:
            keyring.drop()  # while its id is still known
        done = remove(found)
    for root in dict.fromkeys((profile.logs, profile.data, profile.config, profile.logs.parent)):
        _drop_empty(root)
    kept = [str(root) for root in dict.fromkeys((profile.data, profile.config)) if root.exists()]
    _say(Removed(done, kept), output)
    return 0


def things(profile: Profile, *, own: bool) -> list[Path]:
    """What would be removed. The folders of the user's `own` profile are Carrel's altogether; of
    another one only known names are taken."""
    if own:
        roots = [
            path
            for path in dict.fromkeys((profile.data, profile.config, profile.logs.parent))
            if path.is_dir()
        ]
        # a folder that was moved elsewhere and linked: the folder first, then its link
        return [*(path.resolve() for path in roots if path.is_symlink()), *roots]
    if not (profile.data / _DATABASE).is_file():
        return []
    return sorted(path for path in profile.data.iterdir() if _ours(path.name))


def _ours(name: str) -> bool:
    return name in _MADE or name == _DATABASE or name.startswith(f"{_DATABASE}-")


def size(path: Path) -> int:
    """Bytes of a file, or of all files below a folder; links are not followed."""
    if path.is_symlink() or not path.is_dir():
        return path.lstat().st_size
    return sum(
        os.lstat(os.path.join(at, name)).st_size for at, _, names in os.walk(path) for name in names
    )


def remove(paths: Sequence[Path]) -> list[tuple[str, int]]:
    """Remove files and folders; each with its bytes. Raises UserError where one cannot be."""
    done = []
    for path in paths:
        count = size(path)
        try:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        except OSError as error:
            raise UserError(
                f"{error.filename or path} cannot be removed: {error.strerror}.",
                "What came before it is gone; allow removing it, then run this again.",
                "profile",
            ) from error
        done.append((str(path), count))
    return done


def _alone(profile: Profile) -> Instance:
    held = Instance.acquire(profile.data, "carrel --purge-user-data")
    if held is None:
        raise UserError(
            f"This profile is in use by {holder(profile.data)}.", "Close it, then try again.",
            "in_use",
        )  # fmt: skip
    return held


def _drop_empty(folder: Path) -> None:
    """Remove a folder of ours that is empty now, with the lock that was taken in it."""
    if not folder.is_dir():
        return
    for name in ("lock", "raise"):
        (folder / name).unlink(missing_ok=True)
    if not any(folder.iterdir()):
        folder.rmdir()


def _confirm(found: Sequence[Path], output: Output) -> None:
    total = sum(map(size, found))
    words = (
        f"This removes {', '.join(map(str, found))} ({total / 1e6:.1f} MB): your library,"
        " conversations, settings and copied models. Your own files stay."
    )
    if output.json or not sys.stdin.isatty():
        raise UserError(words, "Run it again with --yes.", "confirm")
    output.line(words)
    output.piece("Remove it for good? [y/N] ")
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise Cancelled("Nothing was removed.")


def _say(done: Removed, output: Output) -> None:
    if output.json:
        removed = [{"path": path, "bytes": count} for path, count in done.paths]
        output.document({"removed": removed, "kept": done.kept})
        return
    if not done.paths:
        output.line("Carrel keeps nothing here: there was nothing to remove.")
    for path, count in done.paths:
        output.line(f"Removed: {path} ({count / 1e6:.1f} MB)")
    for folder in done.kept:
        output.line(f"Left alone: {folder}, which holds other things too.")
