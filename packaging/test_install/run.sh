#!/bin/bash
# Installs the packages of dist/ into a fresh Debian and tries them as an ordinary user without any
# network. Needs root, debootstrap, Xvfb, strace, and .venv (for small model files and for reading
# what strace saw). `make test-heavy` runs it too.
#
#   packaging/test_install/run.sh [SUITE]       bookworm unless another is named
#
# In order: a fresh root (kept as a tarball for the next time); what must fail: the same packages
# without what they depend on; apt install; an ordinary user in a namespace without network, with
# the display of an Xvfb outside; `carrel selftest`; what strace saw; an upgrade; signed updates; what
# of carrel-embedders and carrel-gpu lies in dist (additions.sh); the purge.
# The log, the picture and the results are left in build/test_install.
set -euo pipefail
cd "$(dirname "$0")/../.."
suite=${1:-bookworm}
out=$PWD/build/test_install
clean=$out/$suite.tar
root=$out/root
user=reader
display=none

say() { printf '%s  %s\n' "$(date +%T)" "$*" | tee -a "$out/log.txt"; }
fail() { say "FAILED: $*"; exit 1; }

packages=(dist/carrel-runtime_*_amd64.deb dist/carrel_*_amd64.deb dist/carrel-starter-models_*_all.deb)
[ "$(id -u)" = 0 ] || { echo "This needs root: it makes a root folder and enters it." >&2; exit 1; }
for program in debootstrap Xvfb strace unshare chroot; do
    command -v $program >/dev/null || { echo "This needs $program." >&2; exit 1; }
done
[ -f "${packages[0]}" ] || { echo "There are no packages in dist/. Type: make package" >&2; exit 1; }

xvfb=
cleanup() {
    [ -z "$xvfb" ] || kill "$xvfb" 2>/dev/null || true
    for place in tmp/.X11-unix proc dev; do
        ! mountpoint -q "$root/$place" || umount -l "$root/$place"
    done
}
trap cleanup EXIT

fresh_root() {
    cleanup
    rm -rf --one-file-system "$root"
    mkdir -p "$root"
    tar -xpf "$clean" -C "$root"
    mount -t proc proc "$root/proc"
    mount --rbind /dev "$root/dev"
    mount --make-rslave "$root/dev"
}

inside() { # COMMAND, as root with network
    chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 "$@"
}

alone() { # COMMAND, as the user, with a display and without network
    unshare --net --pid --fork --kill-child -- chroot --userspec="$user:$user" "$root" \
        env -i HOME="/home/$user" PATH=/usr/bin:/bin LC_ALL=C.UTF-8 DISPLAY=":$display" "$@"
}

bring() { # the packages, the small models
    mkdir -p "$root/packages" "$root/models"
    cp "${packages[@]}" "$root/packages/"
    cp "$out"/models/*.gguf "$root/models/"
    chmod -R a+rX "$root/packages" "$root/models"
    inside useradd --create-home "$user"
}

mkdir -p "$out/models"
: >"$out/log.txt"
if [ ! -f "$clean" ]; then
    say "debootstrap $suite"
    rm -rf --one-file-system "$root"
    debootstrap --variant=minbase "$suite" "$root" >>"$out/log.txt" 2>&1 || fail "debootstrap"
    tar -cpf "$clean.new" -C "$root" . && mv "$clean.new" "$clean"
fi
.venv/bin/python -m tests.packaging.clean_root models "$out/models"

say "Without what they depend on"
fresh_root
bring
if inside dpkg -i $(printf '/packages/%s ' "${packages[@]##*/}") >>"$out/log.txt" 2>&1; then
    fail "dpkg installed the packages without what they depend on"
fi
inside dpkg --force-depends --configure --pending >>"$out/log.txt" 2>&1 || true
if alone carrel selftest --out /tmp/selftest.json >>"$out/log.txt" 2>&1; then
    fail "Carrel ran without what its packages depend on"
fi
say "  dpkg refuses, and Carrel does not run: as it should be"

say "apt install"
fresh_root
bring
cp /etc/resolv.conf "$root/etc/resolv.conf"
inside apt-get update >>"$out/log.txt" 2>&1 || fail "apt-get update"
before=$(inside sh -c 'dpkg-query -W | wc -l')
inside apt-get install -y --no-install-recommends $(printf './packages/%s ' "${packages[@]##*/}") \
    >>"$out/log.txt" 2>&1 || fail "apt-get install"
say "  $(($(inside sh -c 'dpkg-query -W | wc -l') - before)) packages, ours among them"
inside dpkg --verify carrel carrel-runtime carrel-starter-models || fail "dpkg --verify"
say "  $(du -sm "$root/opt/carrel" | cut -f1) MB in /opt/carrel"
rm "$root/etc/resolv.conf"

say "An ordinary user, no network"
rm -f "$out/display"
mkfifo "$out/display"
Xvfb -displayfd 5 -screen 0 1280x900x24 -nolisten tcp 5>"$out/display" >/dev/null 2>&1 &
xvfb=$!
read -r display <"$out/display" # once it listens
mkdir -p "$root/tmp/.X11-unix"
mount --bind /tmp/.X11-unix "$root/tmp/.X11-unix"
mark=$root/packages/mark
touch "$mark"
alone carrel doctor >>"$out/log.txt" 2>&1 || fail "carrel doctor"
strace -f -qq -s 64 -o "$out/strace.txt" \
    -e trace=network,io_uring_setup,io_uring_enter,io_uring_register -- \
    unshare --net -- chroot --userspec="$user:$user" "$root" \
    env -i HOME="/home/$user" PATH=/usr/bin:/bin LC_ALL=C.UTF-8 DISPLAY=":$display" \
    carrel selftest --models /models --out "/home/$user/selftest.json" \
    --picture "/home/$user/window.png" >>"$out/log.txt" 2>&1 || fail "carrel selftest"
cp "$root/home/$user/selftest.json" "$root/home/$user/window.png" "$out/"
.venv/bin/python -m tests.packaging.clean_root trace "$out/strace.txt" | tee -a "$out/log.txt"
.venv/bin/python -m tests.packaging.clean_root result "$out/selftest.json" | tee -a "$out/log.txt"
alone carrel add /opt/carrel/lib/python3/dist-packages/carrel/samples >>"$out/log.txt" 2>&1 || fail "carrel add"
say "  first sentence and first token:"
.venv/bin/python -m tests.packaging.clean_root times "$root" "$user" "$display" | tee -a "$out/log.txt"

say "Nothing was written outside the home"
strays=$(find "$root" -xdev -newer "$mark" ! -path "$root/home/$user*" ! -path "$root/tmp*" \
    ! -path "$root/proc*" ! -path "$root/packages*" -print)
[ -z "$strays" ] || fail "written: $strays"

say "A newer package over this one"
rm -rf "$out/newer"
dpkg-deb -R dist/carrel_*_amd64.deb "$out/newer"
sed -i 's/^Version: .*/&+next/' "$out/newer/DEBIAN/control"
dpkg-deb --root-owner-group -Zzstd -z1 -b "$out/newer" "$root/packages/newer.deb" >>"$out/log.txt"
inside apt-get install -y --no-install-recommends ./packages/newer.deb >>"$out/log.txt" 2>&1 || fail "upgrade"
alone carrel documents --json | grep -q samples/lease.md || fail "the library after the upgrade"
say "  the library is as it was"

say "Signed updates"
.venv/bin/python -m tests.packaging.clean_root sign "$root/packages"
chmod -R a+rX "$root/packages"
listed=$(printf '/packages/%s ' "${packages[@]##*/}")
alone carrel verify-update --key /packages/release.pub $listed >>"$out/log.txt" 2>&1 || fail "verify-update"
printf x >>"$root/packages/${packages[1]##*/}"
if alone carrel verify-update --key /packages/release.pub $listed >"$out/refused.txt" 2>&1; then
    fail "a changed package was believed"
fi
grep -q "is not the file that was released" "$out/refused.txt" || fail "$(cat "$out/refused.txt")"
say "  a signed package is believed, one with a byte more is not"

. packaging/test_install/additions.sh

say "Purge"
inside apt-get purge -y carrel carrel-runtime carrel-starter-models $added >>"$out/log.txt" 2>&1 || fail "purge"
left=$(find "$root" -xdev -iname '*carrel*' ! -path "$root/home/*" ! -path "$root/packages/*" \
    ! -path "$root/tmp/*" ! -path "$root/var/log/*" ! -path "$root/var/lib/apt/*" -print)
[ -z "$left" ] || fail "left behind: $left"
[ -f "$root/home/$user/.local/share/carrel/carrel.db" ] || fail "the user's library is gone"
say "  nothing is left but the user's home"
say "All is well."
