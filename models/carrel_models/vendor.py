"""What the maker of a model recommends for sampling, from the model's own header."""

from __future__ import annotations

from carrel_models.gguf import Header
from carrel_models.preset import LIMITS, number_problem

# llama.cpp's names of what a vendor recommends, and the fields of a preset that they fill.
_VENDOR = {
    "temp": "temperature",
    "top_k": "top_k",
    "top_p": "top_p",
    "min_p": "min_p",
    "penalty_repeat": "repeat_penalty",
    "penalty_last_n": "repeat_last_n",
}


def vendor_sampling(header: Header) -> dict[str, float]:
    """What the model's maker recommends (`general.sampling.*`), by field of a preset.

    Values outside the limits are left out: a header is not trusted.
    """
    found = {}
    for key, field in _VENDOR.items():
        value = header.metadata.get(f"general.sampling.{key}")
        if isinstance(value, bool) or not isinstance(value, int | float):
            continue
        if number_problem(field, value) == "":
            found[field] = int(value) if LIMITS[field].whole else round(float(value), 6)
    return found
