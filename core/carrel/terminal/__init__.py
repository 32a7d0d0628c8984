"""The commands of `carrel`, a file per group; carrel.cli parses and dispatches."""
