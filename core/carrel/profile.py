"""Every location on disk that Carrel uses. `--profile DIR` replaces them all by folders of DIR."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import NamedTuple

from carrel.errors import UserError


class Profile(NamedTuple):
    """Folders and files of one profile. `data` holds what is the user's, `logs` no content."""

    data: Path
    config: Path
    logs: Path

    @classmethod
    def at(cls, folder: Path | str | None = None) -> Profile:
        """The profile in `folder`, or this user's own. Nothing is created."""
        if folder is not None:
            root = Path(os.path.abspath(folder))
            return cls(root, root, root / "logs")
        import platformdirs

        return cls(
            platformdirs.user_data_path("carrel"),
            platformdirs.user_config_path("carrel"),
            platformdirs.user_state_path("carrel") / "logs",
        )

    @property
    def database(self) -> Path:
        return self.data / "carrel.db"

    @property
    def index_folder(self) -> Path:
        return self.data / "index"

    @property
    def models(self) -> Path:
        return self.data / "models"

    @property
    def adapters(self) -> Path:
        return self.data / "adapters"

    @property
    def presets(self) -> Path:
        return self.data / "presets"

    @property
    def rates(self) -> Path:
        return self.data / "rates"

    @property
    def embedders(self) -> Path:
        return self.data / "embedders"

    @property
    def keyring(self) -> Path:
        """The id of the entry in the system keyring; missing where nothing is kept there."""
        return self.data / "keyring"

    @property
    def settings(self) -> Path:
        return self.config / "settings.toml"

    def create(self) -> None:
        """Make the folders, for this user alone. Raises UserError when it is not writable."""
        for folder in (self.data, self.config, self.logs, self.models, self.embedders):
            try:
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            except OSError as error:
                raise UserError(
                    f"The profile folder {self.data} cannot be used: {error.strerror}.",
                    "Name another with --profile DIR, or make room and allow writing there.",
                    "profile",
                ) from error
        if not os.access(self.data, os.W_OK):
            raise UserError(
                f"The profile folder {self.data} is read-only.",
                "Name another with --profile DIR, or allow writing there.",
                "profile",
            )

    def bytes_used(self) -> int:
        """Size of everything in the profile's data folder, in bytes."""
        total = 0
        for folder, _, names in os.walk(self.data):
            for name in names:
                try:
                    total += os.lstat(os.path.join(folder, name)).st_size
                except FileNotFoundError:
                    continue  # a temporary file that went away meanwhile
        return total


def shared_embedders() -> Path:
    """Where the installation keeps embedders that were exported at setup; read only."""
    return Path(sys.prefix) / "share" / "carrel" / "embedders"
