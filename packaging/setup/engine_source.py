"""The engine's source: the pinned archive, unpacked, with the project's changes made to it.

Each change is an exact text that must stand in the source exactly once, so that a newer llama.cpp
in which it no longer applies stops the set-up instead of building something else.
"""

from __future__ import annotations

import shutil
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from console import SetupError, run
from pip_calls import PIP, pip_environment


class Change(NamedTuple):
    """In `file` of the source, `old` becomes `new`."""

    file: str
    old: str
    new: str


# Two lines of repack.cpp that move into the loop above them.
_SUM, _MINIMA = (
    f"                {to} = _mm256_fmadd_ps(_mm256_cvtepi32_ps({of}), "
    f"_mm256_mul_ps({scale}, row_scale_f32), {to});\n"
    for to, of, scale in (
        ("acc_row", "iacc_b", "col_scale_f32"),
        ("acc_min_rows", "iacc_min_b", "col_dmin_f32"),
    )
)

HERE = Path(__file__).resolve().parent
_SGEMM = "vendor/llama.cpp/ggml/src/ggml-cpu/llamafile/sgemm.cpp"
_TINY = (
    "#if defined(__AVX2__) || defined(__AVX512F__) || defined(__AVX__)\n"
    "template <typename TA, typename TB, typename TC>\nclass tinyBLAS_Q0_AVX {"
)
_NEXT_TYPE = "    case GGML_TYPE_Q5_0: {"


def _addition(name: str) -> str:
    """A text of ours that goes into the source."""
    return (HERE / name).read_text(encoding="utf-8")


# A token that was guessed is checked together with others, and must be the one that the model says
# alone. So up to 16 tokens (prompt lookup checks 15 guesses) must be multiplied as one is, bit for
# bit; llama.cpp takes other kernels for several tokens, and these round differently. Prompts are
# read in batches of hundreds and keep them. Whether it holds is measured when a model is loaded.
CHANGES = (
    # tinyBLAS for two tokens and more
    Change(
        _SGEMM,
        "#if !defined(__MMA__)\n    if (n < 2)\n        return false;\n#endif",
        "#if !defined(__MMA__)\n    if (n < 17)\n        return false;\n#endif",
    ),
    # tinyBLAS for Q4_1 weights, which llama.cpp multiplies row by row otherwise: see q4_1.inc
    Change(_SGEMM, _TINY, _addition("q4_1.inc") + _TINY),
    Change(_SGEMM, _NEXT_TYPE, _addition("q4_1_case.inc") + _NEXT_TYPE),
    # the tiled kernels of K-quants for eight and more
    Change(
        "vendor/llama.cpp/ggml/src/ggml-cpu/tiled/tiled.cpp",
        "    return rows >= 8 ||",
        "    return rows >= 17 ||",
    ),
    # Q4_K repacked: one token is summed over 256 weights as integers, four at once over 64. The
    # sum of one token is made like that of four, which costs it little.
    Change(
        "vendor/llama.cpp/ggml/src/ggml-cpu/arch/x86/repack.cpp",
        "iacc_b = _mm256_add_epi32(iacc_b, iacc_sb);\n"
        "                    iacc_min_b = _mm256_add_epi32(iacc_min_b, iacc_min_sb);\n"
        "                }\n\n"
        "                // Multiply-Add with scale values for the complete super block\n"
        f"{_SUM}{_MINIMA}\n            }}\n",
        "iacc_b = iacc_sb;\n"
        "                    iacc_min_b = iacc_min_sb;\n"
        f"{_SUM}{_MINIMA}                }}\n            }}\n",
    ),
)


# llama.cpp's helpers for its own programs (chat formats, downloads) take half the time to compile
# and are packaged by nobody; llama-cpp-python switches them on whatever is asked for.
WITHOUT_COMMON = (
    Change(
        "CMakeLists.txt",
        """    # Enable building of the common library
    set(LLAMA_BUILD_COMMON ON CACHE""",
        """    # Enable building of the common library
    set(LLAMA_BUILD_COMMON OFF CACHE""",
    ),
)


def change(root: Path, changes: Sequence[Change] = CHANGES) -> None:
    """Make the project's changes below `root`. Raises SetupError where one does not apply."""
    for one in changes:
        path = root / one.file
        text = path.read_text(encoding="utf-8") if path.is_file() else ""
        if text.count(one.old) != 1:
            raise SetupError(
                f"A change to the engine's source does not apply to {one.file}.",
                "Take the engine of packaging/engine.lock, or adapt packaging/setup/"
                "engine_source.py to the new one.",
            )
        path.write_text(text.replace(one.old, one.new), encoding="utf-8")


def unpack(archive: Path, folder: Path) -> Path:
    """Unpack a source archive and return its top folder."""
    with tarfile.open(archive) as tar:
        if hasattr(tarfile, "data_filter"):
            tar.extractall(folder, filter="data")
        else:  # Python 3.11.2 of Debian 12; pip has checked the archive's SHA-256
            tar.extractall(folder)
    tops = [path for path in folder.iterdir() if path.is_dir()]
    if len(tops) != 1:
        raise SetupError("The engine's source is not one folder.", "See build/setup.log.")
    return tops[0]


def prepared(lock: Path, folder: Path) -> Path:
    """The changed source below `folder`, fetched by pip with the hash that `lock` demands."""
    shutil.rmtree(folder, ignore_errors=True)
    options = ["--no-deps", "--no-binary", ":all:", "--no-build-isolation", "--require-hashes"]
    run(
        "Engine, its source",
        [*PIP, "download", *options, "-r", str(lock), "-d", str(folder)],
        pip_environment(),
    )
    archives = list(folder.glob("*.tar.gz"))
    if len(archives) != 1:
        raise SetupError("pip brought no source of the engine.", "See build/setup.log.")
    root = unpack(archives[0], folder)
    change(root)
    return root
