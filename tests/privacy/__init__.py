"""Proof by the kernel's own record that nothing of Carrel reaches a network."""
