"""A file of users: names and salted hashes of their passwords, never the passwords.

The hash is scrypt (Percival 2009, RFC 7914) with the cost that its file names, so that a later
version may raise it: each trial takes a tenth of a second and 32 MB.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from slamcore.io.atomic import atomic_path
from slamcore.io.errors import InputError
from slamcore.io.settings import refuse_public

__all__ = ["LONGEST_PASSWORD", "SHORTEST_PASSWORD", "Users"]

SHORTEST_PASSWORD = 10
"""Characters."""

LONGEST_PASSWORD = 1000
"""Characters: what anyone may send is hashed."""

_LOG2_N, _R, _P = 15, 8, 1
_MEMORY = 2**26  # bytes; scrypt takes 128 N r
_SALT, _HASH = 16, 32  # bytes
_KEPT = re.compile(r"scrypt\$15\$8\$1\$[0-9a-f]{32}\$[0-9a-f]{64}")
_NAME = re.compile(r"[\w.@+-]{1,60}")
_DECOY = f"scrypt$15$8$1${'0' * 2 * _SALT}${'0' * 2 * _HASH}"


@dataclass(frozen=True)
class Users:
    """Who may sign in with a password.

    Attributes
    ----------
    hashes : mapping of str to str
        Name -> ``scrypt$15$8$1$SALT$HASH``, salt and hash as hexadecimal digits.
    """

    hashes: Mapping[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def read(cls, path: str | Path) -> Users:
        """Read a file of users.

        Parameters
        ----------
        path : str or Path
            JSON, as `save` writes it.

        Returns
        -------
        Users

        Raises
        ------
        InputError
            If it is absent, readable by everybody, or holds anything else than such hashes.
        """
        refuse_public(path)
        expected = "a file of users made by `slamcore serve --add-user`"
        try:
            found = json.loads(Path(path).read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            raise InputError(path, expected, type(error).__name__) from None
        if not isinstance(found, dict):
            raise InputError(path, expected, f"a {type(found).__name__}")
        for name, kept in found.items():
            # What is there instead is not repeated: it may be a password.
            if not (isinstance(kept, str) and _KEPT.fullmatch(kept)):
                raise InputError(path, "a hash by scrypt for every user", f"another for {name!r}")
        return cls(found)

    def save(self, path: str | Path) -> None:
        """Write the file, for its owner alone to read."""
        with atomic_path(path) as temporary:
            temporary.touch(mode=0o600)
            text = json.dumps(dict(self.hashes), indent=2, sort_keys=True) + "\n"
            temporary.write_text(text, encoding="utf-8")

    def adding(self, name: str, password: str) -> Users:
        """These users and another one; one of that name gets the new password.

        Parameters
        ----------
        name, password : str

        Returns
        -------
        Users

        Raises
        ------
        ValueError
            If the name has other characters than letters, digits and ``.@+-_``, or the password
            is too short or too long.
        """
        if not _NAME.fullmatch(name):
            raise ValueError(f"user: expected 1 to 60 letters, digits or .@+-_, found {name!r}")
        if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
            limits = f"{SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters"
            raise ValueError(f"password: expected {limits}, found {len(password)}")
        return Users({**self.hashes, name: _hashed(password, secrets.token_bytes(_SALT))})

    def admits(self, name: str, password: str) -> bool:
        """Whether this is the user's password; takes as long for a name that is not known."""
        kept = self.hashes.get(name, _DECOY)
        password = password[: LONGEST_PASSWORD + 1]
        salt = bytes.fromhex(kept.split("$")[4])
        same = hmac.compare_digest(_hashed(password, salt), kept)
        return same and name in self.hashes


def _hashed(password: str, salt: bytes) -> str:
    found = hashlib.scrypt(
        password.encode("utf-8", "replace"),
        salt=salt, n=2**_LOG2_N, r=_R, p=_P, maxmem=_MEMORY, dklen=_HASH,
    )  # fmt: skip
    return f"scrypt${_LOG2_N}${_R}${_P}${salt.hex()}${found.hex()}"
