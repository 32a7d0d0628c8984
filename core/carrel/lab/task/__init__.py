"""Task runs: one label for every row of a table, by a model or by the nearest labelled rows."""
