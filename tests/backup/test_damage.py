"""Every way in which a backup can be no good, and how that is known before anything is touched."""

import hashlib
import json

import pytest
from django.core.management import CommandError

from miglobe.backup import seal
from tests.backup.drill import (
    PUBLIC,
    back_up,
    files,
    flipped,
    opened,
    picture,
    restore,
    sealed,
)


def test_a_damaged_backup_is_known_before_anything_is_touched(portal):
    file, before = back_up(), picture()
    whole = file.read_bytes()
    half = len(whole) // 2
    flips = [flipped(whole, at) for at in (60, 300, half, len(whole) - 1)]
    cuts = [whole[:size] for size in (0, 15, 200, half, len(whole) - 1)]
    for damaged in (*flips, *cuts, whole + b"x", b"etwas anderes"):
        file.write_bytes(damaged)
        for options in (["--check"], ["--replace", "--yes"]):
            with pytest.raises(CommandError, match=r"beschädigt oder nicht vollständig|nicht für diesen Schlüssel"):
                restore(file, *options)
    assert picture() == before


def test_another_key_opens_nothing(portal):
    file = back_up()
    (portal / "other").write_text(seal.new_pair()[0])
    with pytest.raises(CommandError, match="nicht für diesen Schlüssel"):
        restore(file, "--check", key="other")
    (portal / "public").write_text(PUBLIC)
    with pytest.raises(CommandError, match="kein geheimer Schlüssel"):
        restore(file, "--check", key="public")
    with pytest.raises(CommandError, match="lässt sich nicht lesen"):
        restore(file, "--check", key="gibt-es-nicht")
    with pytest.raises(CommandError, match="gibt es nicht"):
        restore(portal / "nichts.age", "--check")
    with pytest.raises(CommandError, match="Diese Datei lässt sich nicht lesen"):
        restore(portal, "--check")


def test_what_does_not_match_its_manifest_is_not_restored(portal):
    members = opened(back_up())
    name = next(name for name in members if name.startswith("attachments/"))
    others = [
        {**members, name: b"etwas anderes"},
        {other: data for other, data in members.items() if other != name},
        {other: data for other, data in members.items() if other != "manifest.json"},
        {**members, "attachments/aa/mehr": b"mehr"},
        {**members, "manifest.json": b"{}"},
    ]
    for changed in others:
        with pytest.raises(CommandError, match="beschädigt"):
            restore(sealed(portal, changed), "--replace", "--yes")
    assert len(files(portal)) == 1


def test_no_file_is_written_outside_of_its_folder(portal):
    members = opened(back_up())
    manifest = json.loads(members.pop("manifest.json"))
    members["attachments/../../../away"] = b"weg"
    manifest["members"]["attachments/../../../away"] = {
        "size": 3,
        "sha256": hashlib.sha256(b"weg").hexdigest(),
    }
    members["manifest.json"] = json.dumps(manifest).encode()
    with pytest.raises(CommandError, match="beschädigt"):
        restore(sealed(portal, members), "--replace", "--yes")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"format": 2}, "neuere Fassung"),
        ({"migrations": ["requests.9999_later"]}, "neueren Fassung"),
        ({"postgres": 99}, "PostgreSQL 99"),
    ],
)
def test_a_backup_from_the_future_waits_for_the_software(portal, changed, said):
    members = opened(back_up())
    members["manifest.json"] = json.dumps(json.loads(members["manifest.json"]) | changed).encode()
    with pytest.raises(CommandError, match=said):
        restore(sealed(portal, members), "--replace", "--yes")
