"""Signed updates: `carrel verify-update` believes what `make sign` wrote, and nothing else."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from carrel import __version__, releases
from carrel.errors import UserError
from tests.packaging.package_modules import make, places, release
from tests.packaging.setup_modules import console

NAME = "carrel_9.1_amd64.deb"


class Download:
    """A folder as a person has it: two files of a release, its list, its signature, and a key."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "downloads"
        self.folder.mkdir()
        self.file = self.folder / NAME
        self.file.write_bytes(b"a package" * 1000)
        (self.folder / "carrel-9.1-linux-x86_64.tar.zst").write_bytes(b"an archive")
        self.private = Ed25519PrivateKey.generate()
        self.key = folder / "release.pub"
        self.key.write_text(release.public_text(self.private.public_key()))
        self.list = release.sign(self.folder, self.private, "9.1")
        self.signature = self.folder / "carrel-9.1.sha256.sig"

    def check(self) -> tuple[releases.Released, str]:
        return releases.check(self.file, releases.read_key(self.key))


@pytest.fixture
def download(tmp_path: Path) -> Download:
    return Download(tmp_path)


def test_what_was_signed_is_believed(download: Download) -> None:
    entry, version = download.check()
    assert (entry.name, entry.size, version) == (NAME, 9000, "9.1")


def _changed_byte(it: Download) -> None:
    data = bytearray(it.file.read_bytes())
    data[4321] ^= 1
    it.file.write_bytes(data)


def _half(it: Download) -> None:
    it.file.write_bytes(it.file.read_bytes()[:4000])


def _longer(it: Download) -> None:
    it.file.write_bytes(it.file.read_bytes() + b"x")


def _renamed(it: Download) -> None:
    it.file = it.file.rename(it.folder / "carrel_9.2_amd64.deb")


def _digest_in_the_list(it: Download) -> None:
    _changed_byte(it)
    files = [path for path in it.folder.iterdir() if path.suffix in (".deb", ".zst")]
    it.list.write_text(release.list_of(files, "9.1"))


def _another_version(it: Download) -> None:
    it.list.write_text(it.list.read_text().replace("Carrel 9.1", "Carrel 9.9"))


def _another_key(it: Download) -> None:
    release.sign(it.folder, Ed25519PrivateKey.generate(), "9.1")


def _another_key_under_our_number(it: Download) -> None:
    ours = base64.b64decode(it.signature.read_text().splitlines()[1])
    _another_key(it)
    theirs = base64.b64decode(it.signature.read_text().splitlines()[1])
    it.signature.write_text(
        "untrusted comment: x\n" + base64.b64encode(ours[:10] + theirs[10:]).decode() + "\n"
    )


def _no_signature(it: Download) -> None:
    it.signature.unlink()


def _cut_signature(it: Download) -> None:
    it.signature.write_text(it.signature.read_text()[:60])


def _no_list(it: Download) -> None:
    it.list.unlink()


def _no_file(it: Download) -> None:
    it.file.unlink()


def _no_key(it: Download) -> None:
    it.key.unlink()


def _no_key_but_words(it: Download) -> None:
    it.key.write_text("trust me\n")


def _signed_nonsense(it: Download) -> None:
    text = "nothing of a release\n"
    it.list.write_text(text)
    public = it.private.public_key()
    it.signature.write_text(release.two_lines("x", public, it.private.sign(text.encode())))


@pytest.mark.parametrize(
    ("harm", "code", "said"),
    [
        (_changed_byte, "changed", f"{NAME} is not the file that was released"),
        (_half, "changed", f"{NAME} is not whole: 4,000 of 9,000 bytes are here."),
        (_longer, "changed", f"{NAME} is not the file that was released"),
        (_renamed, "not_listed", "carrel_9.2_amd64.deb is not a file of Carrel 9.1"),
        (_digest_in_the_list, "changed_list", "was changed after Carrel's maintainers had signed"),
        (_another_version, "changed_list", "was changed after"),
        (_another_key, "other_key", "was signed with another key ("),
        (_another_key_under_our_number, "changed_list", "was changed after"),
        (_no_signature, "unsigned", "The signature of carrel-9.1.sha256 is missing"),
        (_cut_signature, "unsigned", "carrel-9.1.sha256.sig is not a signature."),
        (_no_list, "missing", f"Beside {NAME} lies no list of its release"),
        (_no_file, "missing", "There is no file "),
        (_no_key, "no_key", "This copy of Carrel knows no maintainer's key"),
        (_no_key_but_words, "no_key", "is not a public key"),
        (_signed_nonsense, "changed_list", "is not a list of a release of Carrel."),
    ],
)
def test_each_way_to_fail_has_its_own_sentence(
    download: Download, harm: Callable[[Download], None], code: str, said: str
) -> None:
    harm(download)
    with pytest.raises(UserError) as caught:
        download.check()
    assert caught.value.code == code
    assert said in caught.value.what
    assert caught.value.what_to_do


def test_the_list_that_names_the_file_is_taken_among_several(download: Download) -> None:
    other = Ed25519PrivateKey.generate()
    newer = download.folder / "carrel-9.2.sha256"
    newer.write_text("# Carrel 9.2\n# size 1 other.deb\n" + "0" * 64 + "  other.deb\n")
    newer.with_name("carrel-9.2.sha256.sig").write_text(
        release.two_lines("x", other.public_key(), other.sign(newer.read_bytes()))
    )
    assert download.check()[1] == "9.1"


def test_versions_are_compared_as_numbers() -> None:
    assert releases.older("0.9", "0.10.0")
    assert not releases.older("0.10", "0.9.9")
    assert not releases.older("1.0", "1.0")


def run(*words: str, home: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", "-m", "carrel_desktop", *words], capture_output=True, text=True,
        env=os.environ | {"HOME": str(home)}, timeout=60,
    )  # fmt: skip


def test_the_command_says_it_and_touches_no_profile(download: Download, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    key = ["--key", str(download.key)]
    done = run("verify-update", str(download.file), *key, home=home)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{NAME}: as released with Carrel 9.1, whole and unchanged.\n"
    told = json.loads(run("verify-update", "--json", str(download.file), *key, home=home).stdout)
    assert told["files"][0]["version"] == "9.1"
    assert not told["files"][0]["older"]
    _changed_byte(download)
    done = run("verify-update", str(download.file), *key, home=home)
    assert done.returncode == 1
    assert "Do not install it." in done.stderr
    assert list(home.iterdir()) == []


def test_an_older_release_is_said_to_be_older(download: Download, tmp_path: Path) -> None:
    release.sign(download.folder, download.private, "0.0.1")
    done = run("verify-update", str(download.file), "--key", str(download.key), home=tmp_path)
    assert f"Carrel 0.0.1 is older than this one ({__version__})." in done.stderr


def test_a_key_is_made_once_outside_the_repository_and_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "private.pem"
    text = release.new_key(path)
    assert path.stat().st_mode & 0o077 == 0
    assert text == release.public_text(release.load(path).public_key())
    with pytest.raises(console.SetupError, match="cannot be made"):
        release.new_key(path)
    for act in (release.new_key, release.load):
        with pytest.raises(console.SetupError, match="repository"):
            act(console.ROOT / "private.pem")


def test_signing_needs_the_key_that_packages_know(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    private = tmp_path / "private.pem"
    text = release.new_key(private)
    out = tmp_path / "dist"
    out.mkdir()
    (out / NAME).write_bytes(b"x")
    monkeypatch.setattr(release.places, "OUT", out)
    monkeypatch.setattr(release, "PUBLIC", tmp_path / "release.pub")
    monkeypatch.delenv(release.VARIABLE, raising=False)
    with pytest.raises(console.SetupError, match="Which key"):
        release.sign_dist()
    monkeypatch.setenv(release.VARIABLE, str(private))
    with pytest.raises(console.SetupError, match="not the public half"):
        release.sign_dist()
    release.PUBLIC.write_text(text)
    release.sign_dist()
    assert releases.check(out / NAME, releases.read_key(release.PUBLIC))[1] == __version__
    private.write_text("no key")
    with pytest.raises(console.SetupError, match="is not a private key"):
        release.sign_dist()


def test_carrels_package_carries_the_public_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "STAGE", tmp_path / "stage")
    monkeypatch.setattr(release, "PUBLIC", tmp_path / "release.pub")
    make.install_key()  # without a key there is none to carry
    assert not places.stage(places.OURS).exists()
    release.PUBLIC.write_text("key")
    make.install_key()
    inside = releases.installed_key().relative_to(sys.prefix)
    assert (places.prefix(places.OURS) / inside).read_text() == "key"


@pytest.mark.skipif(not shutil.which("signify-openbsd"), reason="needs signify-openbsd")
def test_openbsds_signify_and_sha256sum_agree(download: Download) -> None:
    """So the very first download can be checked without any Carrel."""
    verify = ["signify-openbsd", "-V", "-q", "-p", str(download.key), "-m", str(download.list)]
    sums = ["sha256sum", "--check", "--strict", "--quiet", download.list.name]
    assert subprocess.run(verify).returncode == 0
    assert subprocess.run(sums, cwd=download.folder).returncode == 0
    _changed_byte(download)
    assert subprocess.run(sums, cwd=download.folder, capture_output=True).returncode == 1
    download.list.write_text(download.list.read_text() + "\n")
    assert subprocess.run(verify, capture_output=True).returncode == 1
