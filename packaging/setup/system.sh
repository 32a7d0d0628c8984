# Installs the system's packages that are missing, or prints the line to type; read by setup.sh.
# A name with | has another one on newer systems (Debian 13 and Ubuntu 24.04 renamed some to t64).

qt_needs="libgl1 libegl1 libxkbcommon0 libfontconfig1 libdbus-1-3 libglib2.0-0|libglib2.0-0t64
    libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-randr0 libxcb-render-util0
    libxcb-shape0 libxcb-xfixes0 libxcb-xkb1 libxkbcommon-x11-0 fonts-dejavu-core"
tests_need="xvfb xauth strace tesseract-ocr tesseract-ocr-eng"

installed() { # NAME, looked up in $listed
    echo "$listed" | grep -qx "$1 installed"
}

has_one_of() { # NAME|NAME
    for name in $(echo "$1" | tr '|' ' '); do
        if installed "$name"; then return 0; fi
    done
    return 1
}

known() { apt-cache show --no-all-versions "$1" >/dev/null 2>&1; }

known_one_of() { # NAME|NAME: prints the first that this system's package lists know
    for name in $(echo "$1" | tr '|' ' '); do
        if known "$name"; then
            echo "$name"
            return
        fi
    done
    echo "${1%%|*}"
}

missing_packages() { # PURPOSE: prints what is missing, names with | left as they are
    wanted="ca-certificates $qt_needs"
    [ "$1" != tests ] || wanted="$wanted $tests_need"
    command -v c++ >/dev/null || command -v g++ >/dev/null || wanted="$wanted g++"
    if [ -z "$python" ]; then
        wanted="$wanted $(python_packages)"
    elif ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        wanted="$wanted python$(version_of "$python")-venv"
    fi
    listed=$(dpkg-query -W -f='${Package} ${db:Status-Status}\n')
    for package in $wanted; do
        has_one_of "$package" || printf '%s ' "$package"
    done
}

python_packages() { # the first Python that suits and that the package lists know
    for version in 3.11 3.12 3.13; do
        if known "python$version"; then
            echo "python$version python$version-venv"
            return
        fi
    done
}

apt() { DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=120 "$@" >>"$log" 2>&1; }

install_system_packages() { # PURPOSE
    [ -z "${CARREL_SKIP_SYSTEM:-}" ] || return 0
    if ! command -v dpkg-query >/dev/null; then
        echo "  This is not Debian or Ubuntu: a C++ compiler and Qt's libraries must already be here."
        return 0
    fi
    missing=$(missing_packages "$1")
    [ -n "$missing" ] || return 0
    if [ "$(id -u)" != 0 ]; then
        fail "The system lacks packages that Carrel needs. Type this, then run this again:" \
            "  sudo apt-get update && sudo apt-get install -y $(names "$missing")
(or set CARREL_SKIP_SYSTEM=1 to try without them)"
    fi
    apt update || fail "apt-get update failed." "The reason is at the end of $log."
    missing=$(missing_packages "$1") # a fresh list may know a Python that the empty one did not
    packages=$(names "$missing")
    echo "  System packages: $packages"
    # shellcheck disable=SC2086 # a list of names, meant to be split
    apt install -y --no-install-recommends $packages ||
        fail "apt-get could not install these packages: $packages" "The reason is at the end of $log."
}

names() { # NAME|NAME ...: each by the name that this system knows
    for package in $1; do
        printf '%s ' "$(known_one_of "$package")"
    done | sed 's/ $//'
}
