"""The options of `carrel lab`."""

from __future__ import annotations

import argparse
from collections.abc import Callable


def add_lab(
    command: Callable[..., argparse.ArgumentParser], shared: argparse.ArgumentParser
) -> None:
    """Add the command to the parser; `shared` are the options that every command has."""
    lab = command("lab", "measure retrieval, tuning and both on your own questions")
    actions = lab.add_subparsers(
        dest="action", required=True, metavar="ACTION", parser_class=type(lab)
    )

    def action(name: str, help: str) -> argparse.ArgumentParser:
        return actions.add_parser(name, help=help, parents=[shared])

    sample = action("sample", "write sample documents with questions to a new folder")
    sample.add_argument("folder", metavar="DIR")
    draft = action("draft", "draft questions from sentences of your files, for you to confirm")
    draft.add_argument("--out", required=True, metavar="Q.csv")
    draft.add_argument("--collection", default="", metavar="N")
    draft.add_argument("-n", type=int, default=30, metavar="N", help="how many (30)")
    draft.add_argument("--force", action="store_true", help="overwrite the file")
    _prompts(action("prompts", "write questions as the prompts that Carrel sends"))
    _run(action("run", "answer questions with and without files, with and without a tune"))
    show = action("show", "what came of a run")
    show.add_argument("folder", metavar="DIR")
    show.add_argument("--questions", action="store_true", help="question by question")
    compare = action("compare", "two runs of the same questions; 1 when a way became worse")
    compare.add_argument("earlier", metavar="DIR")
    compare.add_argument("later", metavar="DIR")
    use = action("use", "answer from now on in the best way of a run, or in this one")
    use.add_argument("folder", metavar="DIR")
    use.add_argument("--way", default="", metavar="WAY", help='as in "tuned + files"')


def _prompts(found: argparse.ArgumentParser) -> None:
    found.add_argument("questions", metavar="QUESTIONS", help="JSONL or CSV; a line may bring its"
                       " own passages")  # fmt: skip
    found.add_argument("--out", required=True, metavar="SAMPLES.jsonl")
    found.add_argument("--collection", default="", metavar="N")
    found.add_argument("--n-passages", type=int, metavar="N",
                       help="how many passages; default: what Carrel would send")  # fmt: skip
    found.add_argument("--mode", choices=("files", "both"), default="files")
    found.add_argument("--rendered", action="store_true",
                       help="also the text under the chat template of the model")  # fmt: skip
    found.add_argument("--force", action="store_true", help="overwrite the file")


def _run(found: argparse.ArgumentParser) -> None:
    found.add_argument("questions", metavar="QUESTIONS", help="JSONL or CSV")
    found.add_argument("--out", required=True, metavar="DIR",
                       help="written as it goes; the same command goes on with it")  # fmt: skip
    found.add_argument("--models", nargs="+", action="extend", default=[], metavar="M",
                       help="ids or .gguf files, the base first (the one in use)")  # fmt: skip
    found.add_argument("--adapters", nargs="+", action="extend", default=[], metavar="A[=SCALE]")
    found.add_argument("--ways", choices=("all", "alone", "files"), default="all",
                       help="only without files, or only with them")  # fmt: skip
    found.add_argument("--collection", default="", metavar="N")
    found.add_argument("--drafts", action="store_true", help="ask what nobody confirmed too")
    found.add_argument("--prompt-tokens", type=int, default=400, metavar="N",
                       help="room for passages, the same for all models (400)")  # fmt: skip
    found.add_argument("--reply-tokens", type=int, default=96, metavar="N",
                       help="most tokens of an answer (96)")  # fmt: skip
    found.add_argument("--no-costs", action="store_true",
                       help="do not measure indexing and a changed file on a copy")  # fmt: skip
