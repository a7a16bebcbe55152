"""Settings of a team, users and their passwords, failed sign-ins."""

from __future__ import annotations

import ast
import configparser
import json
import runpy
import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dashboard.serving.attempts import Attempts
from dashboard.serving.config import TeamError, read_team, team
from slamcore.__main__ import app
from slamcore.io.errors import InputError
from slamcore.io.users import Users
from tests.serving_fixtures import COOKIE_SECRET, PASSWORD, write_users

GOOD = """
address = "127.0.0.1"
port = 5006
origins = ["slam.example.org", "127.0.0.1:5006"]
https = true
default_role = "read"
upload_mb = 20
log_level = "info"
[sign_in]
method = "basic"
users = "users.json"
hours = 8
[roles]
ada = "admin"
"grace.h@example.org" = "review"
[sessions]
most = 40
most_each = 5
idle_minutes = 3
"""
SECRET = {"SLAM_COOKIE_SECRET": COOKIE_SECRET}
OAUTH = """
origins = ["slam.example.org"]
https = true
[sign_in]
method = "github"
redirect = "https://slam.example.org/login"
secrets = "secrets.toml"
"""


@pytest.fixture(scope="module")
def ada(tmp_path_factory) -> Path:
    """A file with one user; a hash takes a tenth of a second."""
    path = tmp_path_factory.mktemp("users") / "users.json"
    write_users(path, "ada")
    return path


@pytest.fixture
def place(tmp_path, ada):
    """A folder with users, and what writes and reads settings there."""
    shutil.copy(ada, tmp_path / "users.json")

    def read(text: str, environment=SECRET):
        (tmp_path / "team.toml").write_text(text)
        return read_team(tmp_path / "team.toml", environment)

    read.folder = tmp_path
    return read


def test_every_field_is_taken(place):
    found = place(GOOD)
    assert (found.address, found.port, found.https) == ("127.0.0.1", 5006, True)
    assert found.origins == ("slam.example.org", "127.0.0.1:5006")
    assert (found.upload_mb, found.log_level, found.sign_in.hours) == (20, "info", 8)
    assert (found.most_sessions, found.most_sessions_each, found.idle_minutes) == (40, 5, 3)
    assert found.sign_in.users == place.folder / "users.json"
    assert COOKIE_SECRET not in repr(found)


def test_roles(place):
    found = place(GOOD)
    assert found.role_of("ada") == "admin"
    assert found.role_of("") == "none"
    # In the settings, but not among the users: a password was never given, or was taken away.
    assert found.role_of("grace.h@example.org") == "none"
    write_users(place.folder / "users.json", "ada", "grace.h@example.org", "new")
    assert found.role_of("grace.h@example.org") == "review"
    assert found.role_of("new") == "read"
    (place.folder / "users.json").write_text("damaged")
    assert found.role_of("ada") == "none"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("port = 5006", "port = 0", "port: expected a port, 1 to 65535, found 0"),
        ("port = 5006", 'port = "5006"', "port: expected a port, 1 to 65535, found '5006'"),
        ("port = 5006", "port = true", "port: expected a port, 1 to 65535, found True"),
        ("127.0.0.1", "localhost", "address: expected an IP address, found 'localhost'"),
        ('["slam.example.org", "127.0.0.1:5006"]', '["*"]', "origins: expected hosts such as"),
        ('["slam.example.org", "127.0.0.1:5006"]', '["https://a.org"]', "origins: expected hosts"),
        ('["slam.example.org", "127.0.0.1:5006"]', "[]", "origins: expected hosts"),
        ('origins = ["slam.example.org", "127.0.0.1:5006"]', "", "origins: expected hosts such as"
         ' "slam.example.org", no "*", found nothing'),
        ("https = true", "https = 1", "https: expected true or false, found 1"),
        ('"read"', '"write"', "default_role: expected one of none, read, review, admin, found"),
        ("upload_mb = 20", "upload_mb = 51", "upload_mb: expected a whole number, 1 to 50"),
        ("upload_mb = 20", "upload_mb = 1.5", "upload_mb: expected a whole number, 1 to 50"),
        ('"info"', '"loud"', "log_level: expected one of debug, info, warning, error"),
        ('"basic"', '"password"', "sign_in.method: expected one of basic, auth0"),
        ("hours = 8", "hours = 0", "sign_in.hours: expected a whole number, 1 to 720, found 0"),
        ('users = "users.json"', "", "sign_in.users: expected the name of a file, found nothing"),
        ('ada = "admin"', 'ada = "root"', "roles.ada: expected one of none, read, review, admin"),
        ("most = 40", "most = -1", "sessions.most: expected a whole number, 1 to 10000"),
        ("most_each", "most_eech", "sessions.most_eech: expected one of idle_minutes, most, "
         "most_each, found this name (meant: most_each)"),
        ("port = 5006", "prot = 5006", "prot: expected one of"),
        ("hours = 8", 'cookie_secret = "s3cr3t"', "sign_in.cookie_secret: expected one of"),
        ("[sign_in]", "[signin]", "sign_in: expected a table [sign_in], found nothing"),
        ("https = true", "", None),
    ],
)  # fmt: skip
def test_a_wrong_field_gives_one_line(place, old, new, says):
    assert old in GOOD
    text = GOOD.replace(old, new, 1)
    if says is None:
        assert place(text).https is False
        return
    with pytest.raises(TeamError) as caught:
        place(text)
    path = place.folder / "team.toml"
    assert any(line.startswith(f"{path}: {says}") for line in caught.value.lines), caught.value
    assert all(line.startswith(f"{path}: ") for line in caught.value.lines)
    assert "s3cr3t" not in str(caught.value)


def test_all_wrong_fields_are_told_at_once(place):
    text = (
        GOOD.replace("5006\n", "0\n", 1).replace("true", "2").replace("hours = 8", "hours = 'a'")
    )
    with pytest.raises(TeamError) as caught:
        place(text)
    assert len(caught.value.lines) == 3


def test_passwords_never_cross_a_network_as_they_are(place):
    text = GOOD.replace('"127.0.0.1"', '"0.0.0.0"', 1)
    assert place(text).address == "0.0.0.0"
    with pytest.raises(TeamError, match="address: expected a loopback address where https"):
        place(text.replace("https = true", "https = false"))


def test_the_secret_is_long_and_is_not_in_the_settings(place):
    for environment in ({}, {"SLAM_COOKIE_SECRET": "short"}):
        with pytest.raises(TeamError, match="cookie_secret of at least 32 characters") as caught:
            place(GOOD, environment)
        assert "short" not in str(caught.value)


def secrets(folder: Path, mode: int, **content: str) -> None:
    """Write a file of secrets."""
    path = folder / "secrets.toml"
    path.unlink(missing_ok=True)
    path.write_text("".join(f'{name} = "{value}"\n' for name, value in content.items()))
    path.chmod(mode)


ALL = {"cookie_secret": COOKIE_SECRET, "oauth_key": "a key", "oauth_secret": "a secret"}


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o602, 0o660, 0o666])
def test_a_file_of_secrets_that_others_read_is_refused(place, mode):
    secrets(place.folder, mode, **ALL)
    with pytest.raises(InputError, match=rf"chmod 600 .*, found mode {mode:03o}"):
        place(OAUTH, {})


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o440])
def test_secrets_come_from_a_file_or_the_environment(place, mode):
    secrets(place.folder, mode, **ALL)
    found = place(OAUTH, {"SLAM_OAUTH_KEY": "another"}).secrets
    assert (found.oauth_key, found.oauth_secret) == ("another", "a secret")
    assert "secret" not in repr(found).replace("Secrets", "").lower()


def test_a_wrong_file_of_secrets_does_not_tell_them(place):
    secrets(place.folder, 0o600, **ALL, oauth_sekret="s3cr3t")
    with pytest.raises(TeamError) as caught:
        place(OAUTH, {})
    assert "oauth_sekret: expected one of" in str(caught.value)
    assert not any(value in str(caught.value) for value in ("s3cr3t", *ALL.values()))


@pytest.mark.parametrize("address", ["http://slam.example.org/login", "https://slam.example.org"])
def test_the_provider_is_told_an_https_address(place, address):
    secrets(place.folder, 0o600, **ALL)
    with pytest.raises(TeamError, match=r"sign_in\.redirect: expected the https address"):
        place(OAUTH.replace("https://slam.example.org/login", address), {})


@pytest.mark.parametrize("text", ["", "port =", "\x00", "[[sign_in]]", 'sign_in = "basic"'])
def test_what_is_no_such_file_is_refused(place, text):
    with pytest.raises((InputError, TeamError), match=r"team\.toml: "):
        place(text)


def test_one_bad_file_ends_both_ways_of_serving_with_a_line_for_each_field(
    place, monkeypatch, capsys
):
    path = place.folder / "team.toml"
    path.write_text(GOOD.replace("5006\n", "0\n", 1).replace("hours = 8", "hours = 0"))
    result = CliRunner().invoke(app, ["serve", "--team", str(path)])
    assert result.exit_code == 2
    monkeypatch.setenv("SLAM_TEAM", str(path))
    monkeypatch.setenv("SLAM_COOKIE_SECRET", COOKIE_SECRET)
    team.cache_clear()
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(Path(__file__).parents[1] / "dashboard" / "app_hooks.py"))
    monkeypatch.undo()
    team.cache_clear()
    assert ended.value.code == 2
    lines = capsys.readouterr().err.splitlines()
    assert [line.partition(": expected")[0] for line in lines] == [
        f"{path}: port",
        f"{path}: sign_in.hours",
    ]


# Users


def test_a_password_is_kept_as_a_salted_hash(tmp_path):
    path = tmp_path / "users.json"
    write_users(path, "ada", "bob")
    assert path.stat().st_mode & 0o777 == 0o600
    text = path.read_text()
    assert PASSWORD not in text
    kept = json.loads(text)
    assert kept["ada"].startswith("scrypt$15$8$1$")
    assert kept["ada"].split("$")[4:] != kept["bob"].split("$")[4:]
    users = Users.read(path)
    assert users.admits("ada", PASSWORD)
    assert not users.admits("ada", PASSWORD + "x")
    assert not users.admits("ada", "")
    assert not users.admits("eve", PASSWORD)
    assert not users.admits("", "")


def test_a_hash_that_was_written_once_still_admits():
    """Of scrypt with N = 32768, r = 8, p = 1, by OpenSSL."""
    salt = "000102030405060708090a0b0c0d0e0f"
    found = "186e14cb910dac4f2a1bc3d1782fb5b4fae093ea02937860e081f41fbac1b804"
    users = Users({"ada": f"scrypt$15$8$1${salt}${found}"})
    assert users.admits("ada", "pleaseletmein")
    assert not users.admits("ada", "pleaseletmeout")


@pytest.mark.parametrize(
    "content",
    ['{"ada": "secret"}', '{"ada": 5}', "[]", "5", "{", "", '{"ada": "scrypt$1$8$1$00$00"}'],
)
def test_plain_passwords_and_other_files_are_refused(tmp_path, content):
    path = tmp_path / "users.json"
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(InputError, match=r"users\.json: expected") as caught:
        Users.read(path)
    assert "secret" not in str(caught.value)


def test_users_that_everybody_reads_are_refused(tmp_path):
    write_users(tmp_path / "users.json", "ada")
    (tmp_path / "users.json").chmod(0o644)
    with pytest.raises(InputError, match="chmod 600"):
        Users.read(tmp_path / "users.json")


def test_a_user_is_added_on_the_command_line(place):
    path = place.folder / "team.toml"
    path.write_text('[sign_in]\nmethod = "basic"\nusers = "new.json"\n')
    command = ["serve", "--team", str(path), "--add-user"]
    added = CliRunner().invoke(app, [*command, "eve"], input=f"{PASSWORD}\n")
    assert added.exit_code == 0, added.output
    assert "eve may sign in" in added.output
    assert Users.read(place.folder / "new.json").admits("eve", PASSWORD)
    for name, password in (("eve", "short"), ("a b", PASSWORD), ("", PASSWORD), ("é:x", PASSWORD)):
        refused = CliRunner().invoke(app, [*command, name], input=f"{password}\n")
        assert refused.exit_code == 2
    assert list(Users.read(place.folder / "new.json").hashes) == ["eve"]


# Failures


def test_failures_are_counted_for_a_while_and_by_place():
    now = [0.0]
    attempts = Attempts(lambda: now[0])
    for _ in range(5):
        assert attempts.wait("a", "ada") == 0
        attempts.fail("a", "ada")
    assert attempts.wait("a", "ada") == 301
    assert attempts.wait("a", "bob") == 0
    assert attempts.wait("b", "ada") == 0
    now[0] = 299
    assert attempts.wait("a", "ada") == 2
    now[0] = 301
    assert attempts.wait("a", "ada") == 0


def test_many_names_from_one_place_are_held_off_and_do_not_fill_the_memory():
    attempts = Attempts(lambda: 0.0)
    for k in range(20):
        attempts.fail("a", f"user{k}")
    assert attempts.wait("a", "another") > 0
    for k in range(30_000):
        attempts.fail(f"place{k}", "x")
    assert len(attempts._failed) <= 10_000


def test_who_comes_in_is_not_counted_as_failing():
    attempts = Attempts(lambda: 0.0)
    for k in range(100):
        attempts.fail("a", f"user{k}")
        attempts.succeed("a", f"user{k}")
    assert attempts.wait("a", "ada") == 0


# The example


def test_the_example_is_valid_and_names_every_field(place, root):
    text = (root / "docs" / "serving" / "team.toml").read_text()
    secrets(place.folder, 0o600, cookie_secret=COOKIE_SECRET)
    found = place(text, {})
    write_users(place.folder / "users.json", "ada", "eve")
    assert (found.role_of("ada"), found.role_of("eve")) == ("admin", "none")
    example, known = tomllib.loads(text), set(_fields(root))
    named = {*example, *example["sign_in"], *example["sessions"]}
    # Of OAuth alone: docs/serving.md has them.
    assert known - named == {"redirect", "options"}


def _fields(root) -> Iterator[str]:
    """Fields that the reader asks for, except those of tables whose keys are free."""
    files = (root / "dashboard" / "serving").glob("config*.py")
    for node in (node for file in files for node in ast.walk(ast.parse(file.read_text()))):
        asks = isinstance(node, ast.Call) and getattr(node.func, "attr", "") in ("take", "table")
        if asks and isinstance(node.args[0], ast.Constant):
            yield node.args[0].value


def test_the_proxy_and_the_unit_fit_the_example(root):
    folder = root / "docs" / "serving"
    settings = tomllib.loads((folder / "team.toml").read_text())
    proxy, unit = (folder / "nginx.conf").read_text(), (folder / "slam.service").read_text()
    assert proxy.count("{") == proxy.count("}")
    assert f"proxy_pass http://127.0.0.1:{settings['port']};" in proxy
    assert f"server_name {settings['origins'][0]};" in proxy
    read = configparser.ConfigParser(strict=False, interpolation=None)
    read.optionxform = str
    read.read_string(unit)
    assert read["Service"]["ExecStart"].split()[1:] == [
        "serve", "/srv/slam/survey", "--team", "/etc/slam/team.toml",
    ]  # fmt: skip
