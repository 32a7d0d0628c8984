"""Names what people take for a model file: a web page, a pointer, an archive, another format."""

from __future__ import annotations

_GGUF = "Take a file that ends in .gguf."
_ITSELF = "Download the file itself: the link to it, not the page that describes it."

# The first bytes of a file -> what it is, and what to do.
_STARTS: tuple[tuple[tuple[bytes, ...], str, str], ...] = (
    ((b"PK",), "The file is a zip archive or a PyTorch model, not a GGUF model.",
     f"Unpack it, or look for a GGUF version of the model. {_GGUF}"),
    ((b"version https://",), "The file is a Git LFS pointer, not the GGUF model itself.",
     "Fetch the file that it points to, with git lfs pull or from the publisher's page."),
    ((b"ggml", b"lmgg", b"ggjt", b"tjgg", b"ggla", b"algg"),
     "The file is in the old GGML format, which came before GGUF.",
     "Take a GGUF version of the model."),
    ((b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf", b"Rar!"),
     "The file is a compressed archive, not a GGUF model.", f"Unpack it. {_GGUF}"),
    ((b"{", b"["), "The file is a text in JSON, not a GGUF model.", _ITSELF),
    ((b"\x80\x02", b"\x80\x04"), "The file is a Python pickle, not a GGUF model.",
     "Take a GGUF version of the model."),
    ((b"FUGG",), "The file is a big-endian GGUF, made for another kind of computer.",
     "Take the ordinary version of the model."),
)  # fmt: skip


def other_format(start: bytes) -> tuple[str, str]:
    """What a file is that does not begin with "GGUF", and what to do, from its first 16 bytes."""
    if start.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<":
        return (
            "The file is a web page, not a GGUF model: the download got a page instead.",
            _ITSELF,
        )
    # safetensors: the length of a JSON header as 8 bytes, then the header
    if start[8:9] == b"{" and int.from_bytes(start[:8], "little") < 1 << 30:
        return (
            "The file is a model in the safetensors format under another name, not a GGUF model.",
            "Take a GGUF version of the model. A LoRA adapter: carrel adapters import FOLDER.",
        )
    if not start.strip(b"\0"):
        return (
            "The file begins with nothing but zeros: its download has not got far.",
            "Wait until it is complete, or download it again.",
        )
    for starts, what, what_to_do in _STARTS:
        if start.startswith(starts):
            return what, what_to_do
    return "The file is not a GGUF model.", _GGUF
