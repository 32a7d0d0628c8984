"""Which files Carrel can read: from a name and, where the name says little, from the first bytes.

To add a format: a module with `extract`, a name in `Format`, its endings here, a line in worker.py.
"""

from __future__ import annotations

import re
from typing import Literal, get_args

from carrel.errors import UserError

Format = Literal[
    "text", "markdown", "html", "pdf", "docx", "pptx", "xlsx", "odf", "csv", "epub", "eml", "mbox",
    "rtf", "rst", "asciidoc", "latex", "org", "ipynb", "subtitles", "mhtml", "msg", "json", "yaml",
    "ini", "xml", "svg", "code", "picture",
]  # fmt: skip
FORMATS: tuple[str, ...] = get_args(Format)
SOURCES = ("json", "yaml", "ini", "xml", "code")
"""Formats whose text is the file itself and whose lines are not sentences."""
HEAD_BYTES = 4096  # what `choose` wants to see of a file

_PROSE = "txt text asc log bib nfo me 1st diff patch"
_JSON = "json jsonl ndjson geojson jsonc json5 topojson webmanifest har"
_INI = "toml ini cfg conf properties env desktop service editorconfig gitconfig"
_XML = "xml xsd xsl xslt rss atom opml plist kml gpx wsdl dbk docbook tei resx csproj"
_CODE = (
    "py pyi pyw js mjs cjs ts mts cts tsx jsx c h cc cpp cxx hpp hh cs java kt kts scala go rs "
    "rb php pl pm lua r jl swift m mm dart ex exs erl hs ml mli clj lisp el scm f90 f95 pas vb bas "
    "vbs sql sh bash zsh fish ps1 psm1 groovy tf hcl bat cmd cmake mk gradle proto "
    "graphql css scss sass less vue dockerfile makefile"
)
_ENDINGS: dict[str, Format] = {
    **{e: "text" for e in _PROSE.split()},
    **{e: "code" for e in _CODE.split()},
    **{e: "json" for e in _JSON.split()},
    **{e: "yaml" for e in ("yaml", "yml")},
    **{e: "ini" for e in _INI.split()},
    **{e: "xml" for e in _XML.split()},
    "svg": "svg",
    **{
        e: "markdown"
        for e in ("md", "markdown", "mdown", "mkd", "mkdn", "mdwn", "mdtext", "mdx", "rmd", "qmd")
    },
    **{e: "html" for e in ("html", "htm", "xhtml", "xht")},
    "pdf": "pdf",
    "docx": "docx",
    "docm": "docx",
    "dotx": "docx",
    **{e: "pptx" for e in ("pptx", "pptm", "ppsx", "potx")},
    **{e: "xlsx" for e in ("xlsx", "xlsm", "xltx")},
    **{e: "odf" for e in ("odt", "ods", "odp", "ott", "ots", "otp")},
    **{e: "csv" for e in ("csv", "tsv", "tab")},
    "epub": "epub",
    "rtf": "rtf",
    "rst": "rst",
    **{e: "asciidoc" for e in ("adoc", "asciidoc")},
    **{e: "latex" for e in ("tex", "ltx")},
    "org": "org",
    "ipynb": "ipynb",
    **{e: "subtitles" for e in ("srt", "vtt", "ass", "ssa", "sub")},
    **{e: "mhtml" for e in ("mht", "mhtml")},
    "eml": "eml",
    "msg": "msg",
    "mbox": "mbox",
    **{e: "picture" for e in ("png", "jpg", "jpeg", "gif", "bmp", "tif", "tiff", "webp")},
}
_PLAIN = "readme license licence copying authors changelog changes todo notice"
_PLAIN_NAMES = frozenset(_PLAIN.split())

_UNSUPPORTED = {
    "an old Word document": "doc dot",
    "a spreadsheet": "xls xlsb numbers",
    "a presentation": "ppt key",
    "an OpenDocument text": "fodt fods fodp pages",
    "an e-book": "mobi azw azw3 fb2 djvu chm",
    "an e-mail": "pst",
    "a rich-text file": "wpd wps",
    "a picture": "heic heif ico psd ai eps raw cr2 nef xcf",
    "a sound or video": "mp3 wav flac ogg m4a aac mp4 mkv avi mov webm wmv m4v opus",
    "an archive": "zip gz bz2 xz zst 7z rar tar tgz jar iso dmg cab deb rpm whl",
    "a program": "exe dll so dylib bin o a lib class pyc wasm apk msi app com sys",
    "a database": "db sqlite sqlite3 mdb accdb parquet feather arrow hdf5 h5 npy npz pkl pickle",
    "a model": "gguf safetensors onnx pt pth ckpt",
    "a font": "ttf otf woff woff2",
}
_KIND_OF = {ending: kind for kind, endings in _UNSUPPORTED.items() for ending in endings.split()}
_SAVE_AS = {
    "an old Word document": "Save it as .docx or PDF and add that.",
    "a spreadsheet": "Save it as .xlsx or CSV and add that.",
    "a presentation": "Save it as .pptx or PDF and add that.",
    "an OpenDocument text": "Save it as .odt or PDF and add that.",
    "an e-book": "Save it as EPUB or PDF and add that.",
    "an e-mail": "Save the message as text or PDF and add that.",
    "a rich-text file": "Save it as .docx or PDF and add that.",
}
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"\x1f\x8b", "an archive"),
    (b"7z\xbc\xaf", "an archive"),
    (b"Rar!", "an archive"),
    (b"\xfd7zXZ", "an archive"),
    (b"BZh", "an archive"),
    (b"PK\x03\x04", "an archive"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
    (b"SQLite format 3\0", "a database"),
    (b"GGUF", "a model"),
    (_OLE, "an old Office document"),
)
_HTML_START = re.compile(rb"<(!doctype\s+html|html|head|body)[\s>]", re.I)


def ending(name: str) -> str:
    """Return the name's ending in lower case without the dot; a bare `Makefile` is its own."""
    base = name.replace("\\", "/").rsplit("/", 1)[-1].casefold().rstrip(" .")
    stem, dot, last = base.rpartition(".")
    return last if dot and stem else base.lstrip(".")


def format_of(name: str) -> Format | None:
    """Return the format that a file name promises, None when it promises none. Never raises."""
    last = ending(name)
    return "text" if last in _PLAIN_NAMES else _ENDINGS.get(last)


def sniff(head: bytes) -> Format | None:
    """Return the format that a file's first bytes show, None when they show nothing readable."""
    from carrel.reading.decoding import looks_binary

    if b"%PDF-" in head[:1024]:
        return "pdf"
    if head.startswith(b"PK\x03\x04") and (b"word/" in head or b"[Content_Types].xml" in head):
        return "docx"
    if head.lstrip()[:5] == b"{\\rtf":
        return "rtf"
    if any(head.startswith(magic) for magic, _ in _MAGIC):
        return None
    if _starts_like_html(head):
        return "html"
    return None if looks_binary(head) else "text"


def _starts_like_html(head: bytes) -> bool:
    """Whether the first thing after white space and comments is an HTML document."""
    rest = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    while rest.startswith(b"<!--") and (end := rest.find(b"-->", 4)) > 0:
        rest = rest[end + 3 :].lstrip()
    return _HTML_START.match(rest) is not None


def unsupported(name: str) -> UserError:
    """Return the reason why a file of this name is not read (code "unsupported")."""
    kind = _KIND_OF.get(ending(name))
    if kind is None:
        return UserError(
            "Carrel does not know this kind of file.",
            "Save it as text, PDF, Word (.docx), HTML or Markdown and add that.",
            "unsupported",
        )
    advice = _SAVE_AS.get(kind, "Nothing needs to be done; the other files are read.")
    return UserError(f"This is {kind}, which Carrel does not read yet.", advice, "unsupported")


def may_be_readable(name: str) -> bool:
    """Whether it is worth opening the file: a known format, or a name that rules none out."""
    return format_of(name) is not None or ending(name) not in _KIND_OF


def choose(name: str, head: bytes) -> Format:
    """Return the format to read a file as, from its name and its first HEAD_BYTES bytes.

    The content overrules the name where it is certain: a PDF called .txt is read as PDF. Raises
    UserError("unsupported"), or ("encrypted") for a Word file locked with a password.
    """
    named = format_of(name)
    if named is None and ending(name) in _KIND_OF:
        raise unsupported(name)
    if head.startswith(_OLE) and named not in (None, "msg"):
        raise _ole(name)
    seen = sniff(head)
    if named is None and seen is None:
        raise unsupported(name)
    if named is None or (seen == "pdf" and named != "pdf" and head.startswith(b"%PDF-")):
        return seen or "text"
    if named in ("text", "markdown", "docx") and seen in ("docx", "rtf"):
        return seen  # Word saves rich text under any name
    return named


def _ole(name: str) -> UserError:
    if format_of(name) in ("docx", "pptx", "xlsx"):
        return UserError(
            "The document is locked with a password, or it is an old Office file under a new name.",
            "Open it, remove the password, save it in the newer format and add it again.",
            "encrypted",
        )
    return unsupported("x.doc")
