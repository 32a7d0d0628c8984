"""The files that make Carrel a program of the desktop: menu entry, icon, kind of file, manual.

The manual page and the shell's completion are made from what `carrel --help` prints, so they never
say less than the program does.
"""

from __future__ import annotations

import gzip
import re
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import places
from console import ROOT, SetupError

_COMMAND = re.compile(r"^    ([a-z-]+)\s+(\S.*)$", re.MULTILINE)
_OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")

# Where each file goes, below a prefix of a system or of one user's ~/.local.
SHARED = {
    "carrel.desktop": "share/applications",
    "carrel.svg": "share/icons/hicolor/scalable/apps",
    "carrel-gguf.xml": "share/mime/packages",
    "carrel.metainfo.xml": "share/metainfo",
}
MANUAL = "share/man/man1/carrel.1.gz"
COMPLETION = "share/bash-completion/completions/carrel"


def install() -> None:
    """Put them, and the launcher, into the package of Carrel itself."""
    usr = places.stage(places.OURS) / "usr"
    for name, folder in SHARED.items():
        (usr / folder).mkdir(parents=True)
        text = (places.FILES / name).read_text(encoding="utf-8")
        (usr / folder / name).write_text(dated(text), encoding="utf-8")
    launcher = places.prefix(places.OURS) / "bin" / "carrel"
    launcher.parent.mkdir(parents=True)
    shutil.copy2(places.FILES / "carrel.sh", launcher)
    launcher.chmod(0o755)
    (usr / "bin").mkdir()
    (usr / "bin" / "carrel").symlink_to("/" + places.PREFIX + "/bin/carrel")
    _write_manual(usr, commands(help_of([])))


def dated(text: str) -> str:
    """The text with this version and its date put in."""
    day = datetime.fromtimestamp(places.epoch(), UTC).date().isoformat()
    return text.replace("@VERSION@", places.version()).replace("@DATE@", day)


def _write_manual(usr: Path, found: dict[str, str]) -> None:
    options = {name: sorted(set(_OPTION.findall(help_of([name])))) for name in found}
    (usr / MANUAL).parent.mkdir(parents=True)
    page = manual(found, options, places.version()).encode()
    (usr / MANUAL).write_bytes(gzip.compress(page, mtime=0))
    (usr / COMPLETION).parent.mkdir(parents=True)
    (usr / COMPLETION).write_text(completion(options), encoding="utf-8")


def help_of(words: list[str]) -> str:
    """What the packaged Carrel prints for `carrel WORDS --help`."""
    paths = [str(places.libraries(places.OURS)), str(places.libraries(places.RUNTIME))]
    code = (
        f"import sys; sys.path[:0] = {paths!r}; from carrel_desktop.__main__ import main;"
        f"sys.exit(main({[*words, '--help']!r}))"
    )
    command = [str(places.python()), "-I", "-B", "-c", code]
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=ROOT, env={"COLUMNS": "400", "LC_ALL": "C"}
    )
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or [""])[-1]
        raise SetupError(f"The packaged Carrel does not start: {last}", "See trim.toml.")
    return done.stdout


def commands(text: str) -> dict[str, str]:
    """Each command with its line of help, from what `carrel --help` printed."""
    found = dict(_COMMAND.findall(text))
    if not found:
        raise SetupError("`carrel --help` lists no commands.", "Adapt desktop_files.py to it.")
    return found


def completion(options: dict[str, list[str]]) -> str:
    """A bash completion: commands first, then a command's options, and files everywhere."""
    cases = "\n".join(
        f'        {name}) words="{" ".join(known)}" ;;' for name, known in options.items()
    )
    return f"""# bash completion for carrel, made from its own help
_carrel() {{
    local word=${{COMP_WORDS[COMP_CWORD]}} command="" one words
    for one in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
        case $one in -*) ;; *) command=$one; break ;; esac
    done
    case $command in
{cases}
        "") words="{" ".join(options)} --profile --purge-user-data --help" ;;
    esac
    COMPREPLY=($(compgen -W "$words" -- "$word"))
    if [ -n "$command" ] && [ "${{word#-}}" = "$word" ]; then
        COMPREPLY+=($(compgen -f -- "$word"))
    fi
}}
complete -o filenames -F _carrel carrel
"""


def manual(found: dict[str, str], options: dict[str, list[str]], version: str) -> str:
    """The manual page in the man macros."""
    body = "".join(
        f".TP\n.B {_roff(name)}\n{_roff(text)}."
        + (f"\n.br\nOptions: {_roff(' '.join(options[name]))}\n" if options[name] else "\n")
        for name, text in found.items()
    )
    return f""".TH CARREL 1 "" "Carrel {version}" "User commands"
.SH NAME
carrel \\- ask your own files, offline
.SH SYNOPSIS
.B carrel
.RI [ \\-\\-profile " DIR" ] " " [ MODEL.gguf ...]
.br
.B carrel
.RI [ \\-\\-profile " DIR" ] " COMMAND " ...
.SH DESCRIPTION
Without a command the window opens; model files named with it are offered there, and never loaded
by that. Answers come from the files in the library, with their pages. No process of Carrel can open
a network connection.
.SH COMMANDS
{body}.SH OPTIONS
.TP
.BI \\-\\-profile " DIR"
Use this folder for everything that is kept.
.TP
.B \\-\\-purge\\-user\\-data
Remove everything that Carrel keeps for this user, and say what was removed.
.SH FILES
.TP
.I ~/.local/share/carrel
Library, conversations, models that were copied.
.TP
.I ~/.config/carrel/settings.toml
Settings.
.SH EXIT STATUS
0 ok (also when nothing was found), 1 something the user can change, 2 wrong usage, 130 cancelled.
"""


def _roff(text: str) -> str:
    return text.replace("\\", "\\e").replace("-", "\\-")
