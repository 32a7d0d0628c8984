#!/bin/sh
# Starts Carrel with the Python and the libraries beside it; says in a sentence when it cannot.
here=$(dirname -- "$(readlink -f -- "$0")")
python=$here/python3.11
code=$here/../lib/python3/dist-packages

fail() { # WHAT WHAT_TO_DO
    printf '%s\n%s\n' "$1" "$2" >&2
    if [ ! -t 2 ] && command -v notify-send >/dev/null; then
        notify-send -i carrel Carrel "$1 $2" || true
    fi
    exit 1
}

# The index's library (LanceDB) and the engine are compiled for these; without one they would end
# with an illegal instruction.
features=" $(sed -n '/^flags/{s/^[^:]*://;p;q;}' "${CARREL_CPUINFO:-/proc/cpuinfo}") "
for feature in avx2 bmi2 fma f16c; do
    case $features in
        *" $feature "*) ;;
        *) fail "This processor is too old for Carrel: it lacks $feature." \
            "Use a computer from 2015 or later (Intel Haswell, AMD Excavator or newer)." ;;
    esac
done
for part in carrel_desktop/__main__.py carrel/cli.py PySide6/QtCore.abi3.so lancedb/__init__.py; do
    [ -x "$python" ] && [ -s "$code/$part" ] ||
        fail "This copy of Carrel is not whole: $part is missing." \
            "Install it again; your files and conversations are not part of it and stay."
done

# A window needs a display. Every other word is a command; options and model files open the window.
window=yes
skip=
for word in "$@"; do
    case ${skip:-$word} in
        skip) skip= ;;
        --profile) skip=skip ;;
        --purge-user-data | --help | -h | --worker) window= ;;
        -* | *.gguf) ;;
        *) window= ;;
    esac
done
if [ -n "$window" ] && [ -z "$DISPLAY$WAYLAND_DISPLAY$QT_QPA_PLATFORM" ]; then
    fail "There is no display to open a window on." \
        "Log in to a desktop, or use a command: carrel --help lists them."
fi

# ONNX Runtime and the model libraries: no reports, no look-ups. Carrel does the same itself.
export ORT_DISABLE_TELEMETRY=1 HF_HUB_OFFLINE=1 DO_NOT_TRACK=1
exec "$python" -I -m carrel_desktop "$@"
