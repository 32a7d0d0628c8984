"""Leaves out the client of a cloud service that LanceDB imports and Carrel can never use.

`lance_namespace_urllib3_client` is a REST client: half a second of the .9 s that `import lancedb`
takes, in every command and every desk, for requests that the kernel would refuse. LanceDB needs
only its names to be importable; using one of them says what happened.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Any

CLIENT = "lance_namespace_urllib3_client"


class _LeftOut(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds the client and all its modules as modules that hold any name."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """The client's modules are ours; all others are looked for as ever."""
        if fullname.partition(".")[0] != CLIENT:
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def exec_module(self, module: ModuleType) -> None:
        """Give the module a class for each name that is asked of it."""

        def named(name: str) -> type:
            if name.startswith("__"):
                raise AttributeError(name)
            made = type(name, (_Unusable,), {"__module__": module.__name__})
            setattr(module, name, made)
            return made

        vars(module)["__getattr__"] = named


class _Unusable:
    def __init__(self, *words: object, **named: Any) -> None:
        raise RuntimeError(f"{type(self).__name__} belongs to a cloud client that is left out.")


def leave_out() -> None:
    """Before lancedb is imported: have its cloud client left out, where it is not yet loaded."""
    if CLIENT not in sys.modules:
        sys.meta_path.insert(0, _LeftOut())
