"""The steps that bring carrel.db from one schema version to the next, oldest first.

A step is a module mNNN_name.py with NUMBER and up(connection); it is listed in STEPS and has a test
of the same name (tests/test_house.py fails when one lacks it). Steps never change once released.
"""

from __future__ import annotations

from types import ModuleType

from carrel.store.migrations import (
    m001_first,
    m002_sync,
    m003_erasures,
    m004_surveys,
    m005_conversations,
    m006_pictures,
    m007_unseen,
)

STEPS: tuple[ModuleType, ...] = (
    m001_first,
    m002_sync,
    m003_erasures,
    m004_surveys,
    m005_conversations,
    m006_pictures,
    m007_unseen,
)
LATEST: int = STEPS[-1].NUMBER


def after(version: int) -> list[ModuleType]:
    """The steps that a database of this version still needs."""
    return [step for step in STEPS if version < step.NUMBER]
