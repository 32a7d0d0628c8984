# Finds a Python that Carrel runs on and makes .venv with it; read by setup.sh.

suits() { # COMMAND: is it Python 3.11 to 3.13?
    "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null
}

find_python() { # sets $python, empty when there is none
    python=
    for candidate in ${PYTHON:-python3.11 python3.12 python3.13 python3}; do
        if suits "$candidate"; then
            python=$candidate
            return
        fi
    done
}

require_python() {
    [ -n "$python" ] && return
    if [ -n "${PYTHON:-}" ]; then
        fail "PYTHON=$PYTHON is not a Python 3.11, 3.12 or 3.13." \
            "Name one that is, as in: make run PYTHON=/usr/bin/python3.11"
    fi
    fail "Carrel needs Python 3.11, 3.12 or 3.13, and none was found." \
        "Install one (Debian 12: apt-get install python3 python3-venv), or name it: make run PYTHON=/path/to/python3.11"
}

version_of() { "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null || true; }

make_venv() {
    if [ -e .venv ]; then
        old=$(version_of .venv/bin/python)
        if suits .venv/bin/python && { [ -z "${PYTHON:-}" ] || [ "$old" = "$(version_of "$python")" ]; }; then
            return
        fi
        [ -f .venv/pyvenv.cfg ] || fail ".venv is there but is not a virtual environment." "Move it away, then run this again."
        rm -rf .venv
    fi
    "$python" -m venv .venv >>"$log" 2>&1 ||
        fail "$python could not create .venv." "The reason is at the end of $log (is python$(version_of "$python")-venv installed?)."
}
