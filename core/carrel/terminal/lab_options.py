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

    _prompts(action("prompts", "write questions as the prompts that Carrel sends"))


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
