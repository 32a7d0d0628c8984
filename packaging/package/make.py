"""`make package`: fills the folders of the packages and makes the .deb files and the archive.

In order: Python; the libraries, the engine, what is left out of them; Carrel; the starter models;
the desktop's files; compiled Python files; licences and parts list; the gates; the packages. What
is done already is not done again: the engine and the downloads are kept.
"""

from __future__ import annotations

import shutil
import sys

import archive
import compiling
import debs
import desktop_files
import embedder
import engines
import gates
import interpreter
import libraries
import papers
import places
import release
import tools
import trim
from console import SetupError, failed, megabytes, say


def fill() -> None:
    """Fill the folder of each package from the pinned inputs."""
    for package in places.PACKAGES:
        shutil.rmtree(places.stage(package), ignore_errors=True)
    places.BUILD.mkdir(parents=True, exist_ok=True)
    interpreter.unpack()
    libraries.install()
    libraries.install_engine(engines.finished())
    trim.trim(places.libraries(places.RUNTIME))
    libraries.install_ours()
    libraries.install_starter(embedder.OUT)
    desktop_files.install()
    install_key()
    for package in places.PACKAGES:
        papers.write(package)
        compiling.compile_all(package)
        debs.tidy(places.stage(package))


def install_key() -> None:
    """Put in the maintainers' public key, by which `carrel verify-update` knows their releases."""
    if not release.PUBLIC.is_file():
        say(f"  {release.PUBLIC.name} is not there: this Carrel will not know signed updates.")
        return
    folder = places.prefix(places.OURS) / "share" / "carrel"
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy2(release.PUBLIC, folder / release.PUBLIC.name)


def main() -> int:
    try:
        tools.require()
        fill()
        depends = gates.check()
        made = [debs.build(package, depends) for package in places.PACKAGES]
        gates.downloads(made)
        made.append(archive.build(depends))
    except SetupError as error:
        return failed(error)
    for path in made:
        say(f"  {path.name}: {megabytes(path.stat().st_size)}")
    installed = sum(debs.size_of(places.stage(package)) for package in places.PACKAGES)
    say(f"Packages are in {places.OUT}; installed they take {megabytes(installed)}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
