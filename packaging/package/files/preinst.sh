#!/bin/sh
# Before dpkg unpacks: a disk that would be full in the middle of it is said in a sentence.
set -e
needed=@NEEDED@ # kB
place=/opt
[ -d "$place" ] || place=/
case $1 in
    install | upgrade)
        free=$(df -Pk "$place" | awk 'NR == 2 { print $4 }')
        if [ "$free" -lt "$needed" ]; then
            echo "There are $((free / 1000)) MB free in $place; @PACKAGE@ needs $((needed / 1000)) MB." >&2
            echo "Free some space, then install it again." >&2
            exit 1
        fi
        ;;
esac
