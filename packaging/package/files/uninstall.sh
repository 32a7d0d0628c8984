#!/bin/sh
# Removes this version of Carrel that install.sh put below ~/.local. What you added to it (library,
# conversations, settings) stays; `carrel --purge-user-data`, typed before this, removes that too.
set -eu
version=@VERSION@
home=${CARREL_HOME:-$HOME/.local}
place=$home/opt/carrel-$version

[ -d "$place" ] || {
    printf '%s\n%s\n' "Carrel $version is not installed in $home." \
        "Name the place: CARREL_HOME=DIR ./uninstall.sh" >&2
    exit 1
}
if [ "$(readlink "$home/bin/carrel" 2>/dev/null)" = "$place/bin/carrel" ]; then
    rm -f "$home/bin/carrel" "$home/share/applications/carrel.desktop" \
        "$home/share/icons/hicolor/scalable/apps/carrel.svg" \
        "$home/share/mime/packages/carrel-gguf.xml" \
        "$home/share/metainfo/carrel.metainfo.xml" "$home/share/man/man1/carrel.1.gz" \
        "$home/share/bash-completion/completions/carrel"
    for update in "update-mime-database $home/share/mime" "update-desktop-database $home/share/applications"; do
        command -v "${update%% *}" >/dev/null && $update >/dev/null 2>&1 || true
    done
fi
rm -rf "$place"
echo "Carrel $version is removed. Your library and settings stay in ${XDG_DATA_HOME:-$HOME/.local/share}/carrel and ${XDG_CONFIG_HOME:-$HOME/.config}/carrel."
