"""Signatures: the vectors of RFC 8032 (section 7.1), what a changed bit does, and openssl's opinion where it is installed."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from workflows import ed25519

# private key, public key, message, signature
VECTORS = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]
SEED, KEY, MESSAGE, SIGNATURE = (bytes.fromhex(part) for part in VECTORS[1])


@pytest.mark.parametrize(("seed", "key", "message", "signature"), VECTORS)
def test_the_vectors_of_the_standard(seed: str, key: str, message: str, signature: str) -> None:
    private, said = bytes.fromhex(seed), bytes.fromhex(message)
    assert ed25519.public_key(private).hex() == key
    assert ed25519.sign(private, said).hex() == signature
    assert ed25519.verify(bytes.fromhex(key), said, bytes.fromhex(signature))


def test_one_bit_anywhere_is_no_signature() -> None:
    for place in range(0, 512, 7):
        changed = (int.from_bytes(SIGNATURE, "big") ^ 1 << place).to_bytes(64, "big")
        assert not ed25519.verify(KEY, MESSAGE, changed), place
    for place in range(0, 256, 5):
        changed = (int.from_bytes(KEY, "big") ^ 1 << place).to_bytes(32, "big")
        assert not ed25519.verify(changed, MESSAGE, SIGNATURE), place
    assert not ed25519.verify(KEY, b"\x73", SIGNATURE)


def test_what_is_no_key_or_signature_is_refused_and_not_an_error() -> None:
    order = 2**252 + 27742317777372353535851937790883648493
    higher = int.from_bytes(SIGNATURE[32:], "little") + order
    assert not ed25519.verify(KEY, MESSAGE, SIGNATURE[:32] + higher.to_bytes(32, "little")), "one response, one form"
    assert not ed25519.verify(b"\xff" * 32, MESSAGE, SIGNATURE)
    assert not ed25519.verify(KEY[:-1], MESSAGE, SIGNATURE)
    assert not ed25519.verify(KEY, MESSAGE, SIGNATURE + b"\x00")
    with pytest.raises(ValueError, match="32 bytes"):
        ed25519.sign(b"short", MESSAGE)


def test_keys_travel_as_pem() -> None:
    assert ed25519.read_private_pem(ed25519.private_pem(SEED)) == SEED
    assert ed25519.read_public_pem(ed25519.public_pem(KEY)) == KEY


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no key",
        ed25519.private_pem(SEED),
        ed25519.public_pem(KEY).replace("MCow", "M*ow"),
        ed25519.public_pem(KEY[:-1]),
        ed25519.public_pem(KEY).replace("MCowBQYDK2VwAyEA", "MCowBQYDK2VuAyEA"),  # X25519
    ],
)
def test_other_files_are_no_public_key(text: str) -> None:
    with pytest.raises(ValueError, match=r"PEM|kind"):
        ed25519.read_public_pem(text)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_openssl_agrees(tmp_path: Path) -> None:
    private, message, signature = (tmp_path / name for name in ("key.pem", "message", "signature"))
    private.write_text(ed25519.private_pem(SEED))
    message.write_bytes("时点签名".encode())
    options = ["-inkey", str(private), "-rawin", "-in", str(message)]
    subprocess.run(["openssl", "pkeyutl", "-sign", *options, "-out", str(signature)], check=True, capture_output=True)
    assert signature.read_bytes() == ed25519.sign(SEED, message.read_bytes())
    public = subprocess.run(
        ["openssl", "pkey", "-in", str(private), "-pubout"], check=True, capture_output=True, text=True
    ).stdout
    assert public == ed25519.public_pem(KEY)
