"""Tests of the set-up, the lock files, the wheel and the samples."""
