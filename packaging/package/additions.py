"""`make package-embedders` and `make package-gpu`: the packages that some people add.

The folder of the runtime must be filled (`make package`): an addition holds what that one lacks.
"""

from __future__ import annotations

import sys

import compiling
import debs
import embedders
import gates
import papers
import places
import tools
import vulkan
from console import SetupError, failed, megabytes, say

FILLS = {"embedders": (places.EMBEDDERS, embedders.fill), "gpu": (places.GPU, vulkan.fill)}


def make(name: str) -> None:
    """Fill, check and build one of FILLS into dist. Raises SetupError."""
    package, fill = FILLS[name]
    tools.require()
    if not places.python().is_file():
        raise SetupError("The runtime is not filled yet.", "Type: make package")
    fill()
    papers.write(package)
    compiling.compile_all(package)
    debs.tidy(places.stage(package))
    made = debs.build(package, gates.check_addition(package))
    installed = debs.size_of(places.stage(package))
    say(f"  {made.name}: {megabytes(made.stat().st_size)}, installed {megabytes(installed)}")


def main(arguments: list[str]) -> int:
    try:
        for name in arguments:
            if name not in FILLS:
                raise SetupError(f"There is no addition {name}.", f"Name one: {', '.join(FILLS)}.")
            make(name)
    except SetupError as error:
        return failed(error)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
