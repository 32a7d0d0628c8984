"""Lists what a PDF page draws, in the order of drawing, what stands in forms included.

A page may draw without end, so the list is bounded: what comes after MAX_OBJECTS is not looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pypdfium2 import PdfPage
    from pypdfium2.raw import FPDF_PAGEOBJECT

MAX_OBJECTS = 20_000  # of one page, those in forms included
_MAX_DEPTH = 3  # forms within forms


class Matrix(NamedTuple):
    """Where what is drawn inside of a form comes to stand (PDF 32000-1, 8.3.3)."""

    a: float = 1.0
    b: float = 0.0
    c: float = 0.0
    d: float = 1.0
    e: float = 0.0
    f: float = 0.0

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Return where a place comes to stand."""
        return self.a * x + self.c * y + self.e, self.b * x + self.d * y + self.f

    def after(self, m: Matrix) -> Matrix:
        """The matrix that applies `m` first and this one then."""
        (e, f), (a, b), (c, d) = self.place(m.e, m.f), self.place(m.a, m.b), self.place(m.c, m.d)
        return Matrix(a - self.e, b - self.f, c - self.e, d - self.f, e, f)


PLAIN = Matrix()
"""The matrix of what stands on the page itself."""


# A plain tuple: a page can have thousands.
Drawn = tuple["FPDF_PAGEOBJECT", int, Matrix]
"""An object, its kind (FPDF_PAGEOBJ_...) and the matrix of what it stands in."""


def objects_of(page: PdfPage) -> list[Drawn]:
    """Return a page's objects that are no forms, in the order of drawing. They live as long
    as the page does, which the caller has to keep."""
    from pypdfium2 import raw

    kind_of, form = raw.FPDFPageObj_GetType, raw.FPDF_PAGEOBJ_FORM
    found: list[Drawn] = []
    left = MAX_OBJECTS
    count = max(0, min(raw.FPDFPage_CountObjects(page.raw), left))
    levels = [(page.raw, raw.FPDFPage_GetObject, iter(range(count)), PLAIN)]
    while levels:
        holder, get, indices, matrix = levels[-1]
        for index in indices:
            left -= 1
            one = get(holder, index)
            kind = kind_of(one)
            if kind != form:
                found.append((one, kind, matrix))
            elif len(levels) <= _MAX_DEPTH:
                inside = max(0, min(raw.FPDFFormObj_CountObjects(one), left))
                placed = matrix.after(matrix_of(one))
                levels.append((one, raw.FPDFFormObj_GetObject, iter(range(inside)), placed))
                break
            if left <= 0:
                return found
        else:
            levels.pop()
    return found


def matrix_of(one: FPDF_PAGEOBJECT) -> Matrix:
    """Return the matrix of an object of a page or a form."""
    from pypdfium2 import raw

    m = raw.FS_MATRIX()
    raw.FPDFPageObj_GetMatrix(one, m)
    return Matrix(m.a, m.b, m.c, m.d, m.e, m.f)
