"""Small programs in languages whose blocks show by their lines, and where their words stand.

`{"ending": (source, {words in the source: the path they stand under})}`.
"""

from __future__ import annotations

_PYTHON = '''"""Ships."""
import os

# How many.
LIMIT = 42


@decorated
class Ship(Boat):
    """A ship.

    def no_method(self):
        pass
    """

    masts = 1

    # how it sails
    @property
    def sail(self) -> int:
        """Sails."""
        return 1

    async def dock(
        self,
        pier: int,
    ) -> None:
        def inner():
            pass


def one_line(): return 1


def last():
    text = """
def no_function():
    pass
"""
    return text


if __name__ == "__main__":
    last()
'''
_RUBY = """# The harbour.
module Harbour
  class Ship < Boat
    attr_reader :masts
    # Sails.
    def sail!(where)
      if where
        row
      end
    end
    def self.build; launch; end
    class << self
      def other
        1
      end
    end
  end
end
"""
_LUA = """-- Adds.
local function add(a, b)
  return a + b
end
function M.sail(x)
  if x then
    return row
  end
end
--[[ function no_function()
]]
total = 1
"""
_SHELL = """#!/bin/bash
set -e

# Builds.
build() {
  echo "${x}"
}
short() { echo one; }
function deploy {
  if true; then
    echo }
  fi
}
build
"""
_SQL = """-- Ships of the sea.
CREATE TABLE ships (
  masts int
);
INSERT INTO ships VALUES (1);
create or replace function dock(pier int) returns int as $$
begin
  return pier;
end $$;
"""
_JULIA = """module Sea
function sail(x)
    if x
        row
    end
end
end
"""
_ELIXIR = """defmodule Ship do
  def masts(x), do: x
  def sail(where) do
    row(where)
  end
end
"""
_BASIC = """' A ship.
Public Class Ship
    Private masts As Integer
    Public Function Sail(where As String) As Integer
        If where Then
            Return 1
        End If
    End Function
End Class
"""
_LISP = """;; Adds.
(defun add (a b)
  (+ a b))
(defvar total 1)
"""
_HASKELL = """module Sea where
-- Adds.
add :: Int -> Int
add a = a + 1
data Ship = Ship
  { masts :: Int }
"""
LINED = {
    "py": (_PYTHON, {"Ships": "", "How many": "", "decorated": "class Ship",
                     "no_method": "class Ship",
                     "masts": "class Ship", "how it sails": "class Ship > def sail",
                     "Sails.": "class Ship > def sail", "pier": "class Ship > async def dock",
                     "inner": "class Ship > async def dock", "one_line": "",
                     "no_function": "def last", "return text": "def last", "__main__": ""}),
    "rb": (_RUBY, {"The harbour": "module Harbour", "attr_reader": "module Harbour > class Ship",
                   "Sails": "module Harbour > class Ship > def sail!",
                   "row": "module Harbour > class Ship > def sail!",
                   "launch": "module Harbour > class Ship",
                   "other": "module Harbour > class Ship > class << self > def other"}),
    "lua": (_LUA, {"Adds": "local function add", "row": "function M.sail", "no_function": "",
                   "total": ""}),
    "sh": (_SHELL, {"set -e": "", "Builds": "build()", "${x}": "build()", "one": "",
                    "echo }": "function deploy"}),
    "sql": (_SQL, {"of the sea": "CREATE TABLE ships", "INSERT": "CREATE TABLE ships",
                   "return pier": "create or replace function dock"}),
    "jl": (_JULIA, {"row": "module Sea > function sail"}),
    "ex": (_ELIXIR, {"masts": "defmodule Ship", "row": "defmodule Ship > def sail"}),
    "vb": (_BASIC, {"A ship": "Public Class Ship", "masts": "Public Class Ship",
                    "Return 1": "Public Class Ship > Public Function Sail"}),
    "el": (_LISP, {"Adds": "defun add", "+ a": "defun add", "total": "defvar total"}),
    "hs": (_HASKELL, {"where": "", "Adds": "add", "a + 1": "add", "masts": "data Ship"}),
}  # fmt: skip
