"""Draws the line of an adapter that declines: so many of the answerable questions and no more.

    CARREL_EVAL_DATA=FOLDER python -m tests.bench.drawn_line A.gguf OUT.gguf [--share 0.07]

The odds of declining are taken with the gold passage of questions of nq_oracle that `reading` does
not measure with (from the 151st on). What is added to the score of the refusal's first token, so
that `--share` of them are declined, is written into the adapter's header (`carrel_models.opening`).
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import numpy as np
from tests.bench.engine_models import loaded
from tests.bench.reading import alone, log_odds

from carrel.answering import prompt
from carrel.engine.messages import AdapterFile, SetAdapters
from carrel_models.opening import Opening, with_opening
from carrel_models.starter import starter_path

FIRST = 150


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("adapter", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--share", type=float, default=0.07, help="declined though answered")
    parser.add_argument("--n", type=int, default=200, help="questions")
    parser.add_argument("--model", type=Path, default=starter_path(), help="a GGUF file")
    wanted = parser.parse_args()
    if "CARREL_EVAL_DATA" not in os.environ:
        sys.exit("Set CARREL_EVAL_DATA to the folder that holds nq_oracle.")
    cases = alone(Path(os.environ["CARREL_EVAL_DATA"]), FIRST + wanted.n)[FIRST:]
    model = loaded(wanted.model, 4096)
    files = [AdapterFile(path=os.path.abspath(wanted.adapter))]
    model.set_adapters(SetAdapters(adapters=files))
    odds = log_odds(model, [one.messages for one in cases])
    bias = -float(np.quantile(odds, 1 - wanted.share))
    with_opening(wanted.adapter, wanted.out, Opening(prompt.NOT_FOUND, bias))
    print(f"{bias:+.2f} nats, n={len(cases)}: declined {(odds > 0).mean():.3f}, now {wanted.share}")


if __name__ == "__main__":
    main()
