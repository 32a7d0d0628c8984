#!/bin/sh
# Downloads every library of the packages for Windows and macOS, without building or installing any:
# where one has no wheel for a platform this fails and names it. Needs a network, no such machine.
#
#   packaging/elsewhere/resolve.sh [FOLDER]
#
# The engine is compiled on the platform itself, and torch belongs to carrel-embedders.
set -eu
cd "$(dirname "$0")/../.."
folder=${1:-build/elsewhere}
lock=build/package/runtime-libraries.lock
PYTHONPATH=packaging/setup:packaging/package .venv/bin/python -c '
import libraries, places
places.BUILD.mkdir(parents=True, exist_ok=True)
names = libraries.needed(libraries.roots(), [*libraries.EMBEDDERS, *libraries.NEVER])
names -= {libraries.ENGINE, "jeepney", "secretstorage", "cffi", "pycparser"} # of Linux, or below
text = libraries.chosen_lock(libraries.LOCK.read_text(encoding="utf-8"), names | {"cffi", "pycparser"})
(places.BUILD / "runtime-libraries.lock").write_text(text, encoding="utf-8")'
for platform in win_amd64 macosx_14_0_arm64; do
    echo "$platform"
    .venv/bin/python -I -m pip download --quiet --no-deps --require-hashes --only-binary :all: \
        --platform "$platform" --python-version 3.12 --implementation cp \
        --dest "$folder/$platform" -r "$lock"
    echo "  $(ls "$folder/$platform" | wc -l) wheels, $(du -sm "$folder/$platform" | cut -f1) MB"
done
