#!/bin/sh
# Everything Carrel needs, from a bare machine to a working .venv. `make setup` runs it.
#
#   setup.sh [run|tests]    tests also wants what only the tests use (xvfb, strace, tesseract)
#
# In order: leave at once when nothing changed since the last time; find Python; install the
# system's packages (system.sh); create .venv; hand over to install.py for everything in it.
# PYTHON names another interpreter, TORCH_INDEX another place for torch, CARREL_CUDA=1 allows a
# GPU build of torch, CARREL_GPU=vulkan or cuda compiles the engine for graphics cards (gpu.py),
# CARREL_SKIP_SYSTEM=1 leaves the system's packages alone.
set -eu
cd "$(dirname "$0")/../.."
purpose=${1:-run}
log=build/setup.log

# What the set-up depends on; the same sum as last time means there is nothing to do.
sum=$({ pwd; echo "${PYTHON:-} ${CARREL_CUDA:-} ${CARREL_GPU:-}"; cat pyproject.toml packaging/*.lock \
    packaging/constraints.txt packaging/setup/*.sh packaging/setup/*.py \
    core/carrel/library/exporting.py core/carrel/library/embedding.py; } | sha256sum)
for done_for in "$purpose" tests; do
    if [ "$(cat ".venv/.carrel-ready-$done_for" 2>/dev/null)" = "$sum" ]; then exit 0; fi
done

fail() { # WHAT WHAT_TO_DO
    printf '\n%s\n%s\n' "$1" "$2" >&2
    exit 1
}

mkdir -p build
: >"$log"
if command -v flock >/dev/null; then
    exec 9>build/setup.pid
    flock -n 9 || fail "Another set-up is running in this folder." "Wait for it to end, then run this again."
fi
echo "Setting up Carrel (the log is $log)"

. packaging/setup/python.sh
. packaging/setup/system.sh
find_python
install_system_packages "$purpose"
[ -n "$python" ] || find_python
require_python
make_venv
unset PYTHONPATH PYTHONHOME
.venv/bin/python packaging/setup/install.py
printf '%s\n' "$sum" >".venv/.carrel-ready-$purpose"
