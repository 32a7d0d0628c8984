#!/bin/sh
# Starts carrel-tune, which trains an adapter, with the Python and the libraries beside it.
here=$(dirname -- "$(readlink -f -- "$0")")
if [ ! -s "$here/../lib/python3/dist-packages/carrel/lab/tuning/command.py" ]; then
    printf '%s\n%s\n' "carrel-tune needs Carrel, which is not here." "Install the package carrel." >&2
    exit 1
fi
export ORT_DISABLE_TELEMETRY=1 HF_HUB_OFFLINE=1 DO_NOT_TRACK=1
exec "$here/python3.11" -I -c 'import sys; from carrel.lab.tuning.command import main; sys.exit(main())' "$@"
