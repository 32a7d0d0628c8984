"""What the READMEs tell people to type exists, and what they point to is there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from carrel import cli
from tests.packaging.setup_modules import ROOT

PAGES = [ROOT / "README.md", *sorted(ROOT.glob("*/README.md"))]
README = PAGES[0].read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE))


def names(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=names)
def test_every_make_command_is_a_target(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    typed = set(re.findall(r"(?:^|`)make ([a-z-]+)", text, re.MULTILINE))
    assert typed - TARGETS == set()


@pytest.mark.parametrize("page", PAGES, ids=names)
def test_every_link_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_readme_opens_with_the_two_commands() -> None:
    blocks = re.findall(r"^```\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    assert blocks[0].split("\n")[:2] == ["make run", "make test"]


def test_every_example_of_the_command_line_is_understood() -> None:
    examples = re.findall(r"^carrel .+$", README, re.MULTILINE)
    assert len(examples) > 10
    for example in examples:
        assert cli._parser().parse_args(shlex.split(example)[1:]).command in example
