"""The secret part of an index under a passphrase: names of its tables, and a rotation of vectors.

A rotation changes no cosine, so searches give the same; without it the stored vectors cannot be
compared with those of known texts. It is a random orthogonal matrix (QR decomposition of Gaussian
numbers with the signs of R's diagonal; Mezzadri, "How to generate random matrices from the
classical compact groups", 2007).
"""

from __future__ import annotations

import secrets
from hashlib import shake_256
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Secret(NamedTuple):
    """`id` is part of the tables' names: those of another secret are not this index's. `rotation`
    is orthogonal, None where vectors are stored as they are."""

    id: str = ""
    rotation: NDArray[np.float32] | None = None

    def hide(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Vectors, one or one a row, as they are stored."""
        return vectors if self.rotation is None else vectors @ self.rotation

    def show(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Stored vectors as they were."""
        return vectors if self.rotation is None else vectors @ self.rotation.T

    def fitting(self, dimensions: int) -> Secret:
        """The same secret for vectors of another length: its rotation is drawn from this one's."""
        if self.rotation is None or len(self.rotation) == dimensions:
            return self
        seed = self.rotation.astype("<f4").tobytes() + dimensions.to_bytes(4, "little")
        return Secret(self.id, _rotation(_gaussian(seed, dimensions)))


def new_secret(dimensions: int, *, rotated: bool) -> Secret:
    """A secret that nobody knows yet."""
    name = secrets.token_hex(4)
    if not rotated:
        return Secret(name)
    random = np.random.default_rng(int.from_bytes(secrets.token_bytes(32)))
    return Secret(name, _rotation(random.standard_normal((dimensions, dimensions))))


def _rotation(gaussian: NDArray[np.float64]) -> NDArray[np.float32]:
    q, r = np.linalg.qr(gaussian)
    return np.asarray(q * np.sign(np.diag(r)), dtype=np.float32)


def _gaussian(seed: bytes, side: int) -> NDArray[np.float64]:
    """A square of normal numbers that a seed always gives, with whatever version of NumPy: the
    bytes of SHAKE-256 as uniform numbers, made normal by Box and Muller (1958)."""
    drawn = np.frombuffer(shake_256(seed).digest(side * side * 16), dtype="<u8").reshape(2, -1)
    one, other = ((drawn >> np.uint64(11)).astype(np.float64) + 0.5) / 2.0**53
    flat = np.sqrt(-2.0 * np.log(one)) * np.cos(2.0 * np.pi * other)
    return np.asarray(flat.reshape(side, side), dtype=np.float64)


def to_bytes(secret: Secret) -> bytes:
    """For keeping it in carrel.db."""
    rotation = b"" if secret.rotation is None else secret.rotation.astype("<f4").tobytes()
    return secret.id.encode("ascii").ljust(8) + rotation


def from_bytes(data: bytes) -> Secret:
    """What `to_bytes` gave."""
    flat = np.frombuffer(data[8:], dtype="<f4").astype(np.float32)
    side = round(len(flat) ** 0.5)
    return Secret(data[:8].decode("ascii").strip(), flat.reshape(side, side) if side else None)
