"""The index works without the cloud client that LanceDB imports, and never loads it."""

import subprocess
import sys

USES_THE_INDEX = """
import sys
from pathlib import Path
import numpy as np
from carrel.library.index import LanceIndex
index = LanceIndex(Path(sys.argv[1]), "mini", 2)
index.add_terms([(1, 10, "AAAA"), (2, 11, "BBBB")])
index.add_vectors([(1, 10, np.array([1, 0], np.float32)), (2, 11, np.array([0, 1], np.float32))])
index.optimize()
index.purge([11])
assert index.search_terms("AAAA BBBB")[0][0] == 1
assert [one for one, _ in index.search_vectors(np.array([0, 1], np.float32))] == [1]
loaded = [n for n in sys.modules if n.startswith("lance_namespace_urllib3_client")]
assert loaded, "lancedb no longer imports it: the module that leaves it out can go"
assert not [n for n in loaded if getattr(sys.modules[n], "__file__", None)]
try:
    from lance_namespace_urllib3_client.models.query_table_request import QueryTableRequest
    QueryTableRequest(id=["t"])
except RuntimeError as error:
    print(error)
"""


def test_the_index_needs_nothing_of_it(tmp_path):
    done = subprocess.run(
        [sys.executable, "-I", "-c", USES_THE_INDEX, str(tmp_path / "index")],
        capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "QueryTableRequest belongs to a cloud client that is left out.\n"
