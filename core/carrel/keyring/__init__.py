"""The key of a locked profile in the keyring of the system, for those who want that."""
