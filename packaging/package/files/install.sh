#!/bin/sh
# Installs this copy of Carrel for you alone, without root: everything goes below ~/.local.
#
#   ./install.sh            CARREL_HOME=DIR names another place than ~/.local
#
# What you add to Carrel later is kept apart from it, in ~/.local/share/carrel, and stays when this
# copy is uninstalled. Another version may be installed beside this one; the last one wins the menu.
set -eu
version=@VERSION@
here=$(cd -- "$(dirname -- "$0")" && pwd)
home=${CARREL_HOME:-$HOME/.local}
place=$home/opt/carrel-$version

fail() { # WHAT WHAT_TO_DO
    printf '%s\n%s\n' "$1" "$2" >&2
    exit 1
}

[ "$(uname -sm)" = "Linux x86_64" ] ||
    fail "This archive is for Linux on x86-64 processors." "Take the one for your computer."
mkdir -p "$home/opt" "$home/bin" 2>/dev/null && [ -w "$home/opt" ] && [ -w "$home/bin" ] ||
    fail "$home cannot be written to." "Name another place: CARREL_HOME=DIR ./install.sh"
needed=$(du -sk "$here" | cut -f1)
free=$(df -Pk "$home" | awk 'NR == 2 { print $4 }')
[ "$free" -gt "$((needed + 200000))" ] ||
    fail "There are $((free / 1000)) MB free in $home; $(((needed + 200000) / 1000)) MB are needed." "Free some space, then run this again."
(cd "$here" && sha256sum --quiet --check SHA256SUMS >/dev/null 2>&1) ||
    fail "This copy of Carrel is not whole." "Unpack the archive again, or copy it again."

rm -rf "$place.new"
cp -R "$here/opt/carrel" "$place.new"
cp "$here/uninstall.sh" "$place.new/"
python=$place.new/bin/python3.11
absent=$(find "$place.new" -name '*.so*' -type f -exec ldd {} + 2>/dev/null |
    awk '/=> not found/ { print $1 }' | sort -u)
outside=
for library in $absent; do # those beside their user are found when they are loaded
    [ -n "$(find "$place.new" -name "$library" -print -quit)" ] || outside="$outside $library"
done
if [ -n "$outside" ] || ! "$python" -I -c 'import ctypes, hashlib, ssl' 2>/dev/null; then
    rm -rf "$place.new"
    fail "This system lacks libraries that Carrel needs:$outside" \
        "On Debian or Ubuntu type: sudo apt-get install @PACKAGES@"
fi
rm -rf "$place"
mv "$place.new" "$place"
ln -sfn "$place/bin/carrel" "$home/bin/carrel"
(cd "$here/share" && find applications icons mime metainfo man bash-completion -type f) |
    while read -r file; do
        mkdir -p "$home/share/$(dirname "$file")"
        cp "$here/share/$file" "$home/share/$file"
    done
sed -i "s|^Exec=carrel |Exec=\"$home/bin/carrel\" |" "$home/share/applications/carrel.desktop"
for update in "update-mime-database $home/share/mime" "update-desktop-database $home/share/applications"; do
    command -v "${update%% *}" >/dev/null && $update >/dev/null 2>&1 || true
done
echo "Carrel $version is installed in $place."
case ":$PATH:" in
    *":$home/bin:"*) echo "Start it from the menu, or type: carrel" ;;
    *) echo "Start it from the menu, or type: $home/bin/carrel" ;;
esac
