"""Tests of the system keyring."""
