"""AWS KMS keys: what they are called, whether they can be used, and how they rotate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from compliance.collectors.reader import Reader
from compliance.facts.keys import Key, KeyAlias, KeyRotation
from compliance.facts.tables import Table
from compliance.registry import Read, collector

_GONE = frozenset({"NotFoundException"})

LIST_ALIASES = Read("kms", "ListAliases")
LIST_KEYS = Read("kms", "ListKeys")
DESCRIBE_KEY = Read("kms", "DescribeKey", absent=_GONE)
GET_ROTATION = Read(
    "kms",
    "GetKeyRotationStatus",
    absent=_GONE | {"KMSInvalidStateException", "UnsupportedOperationException"},
)

_OF_AWS = "alias/aws/"


@collector(LIST_ALIASES)
def key_aliases(reader: Reader) -> Iterator[KeyAlias]:
    """Every alias of a key in the region, 100 a page.

    AWS reserves aliases for services that have no key yet: those are of nothing.
    """
    for page in reader.pages(LIST_ALIASES, Limit=100):
        for alias in page["Aliases"]:
            if key_id := alias.get("TargetKeyId"):
                yield KeyAlias(alias["AliasName"], key_id)


@collector(LIST_KEYS, DESCRIBE_KEY)
def keys(reader: Reader, key_aliases: Sequence[KeyAlias]) -> Iterator[Key]:
    """Every key in the region, 1000 a page.

    A key that AWS manages is known by its alias and not asked about: nobody can disable, delete or
    rotate it. One that has no alias is described like any other.
    Source: https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#aws-managed-key
    """
    names: dict[str, list[str]] = {}
    for alias in key_aliases:
        names.setdefault(alias.key_id, []).append(alias.name)
    others = []
    for page in reader.pages(LIST_KEYS, Limit=1000):
        for listed in page["Keys"]:
            aliases = tuple(sorted(names.get(listed["KeyId"], ())))
            if any(alias.startswith(_OF_AWS) for alias in aliases):
                yield Key(listed["KeyArn"], "AWS", "Enabled", aliases)
            else:
                others.append((listed["KeyArn"], aliases))
    yield from reader.each(others, partial(_described, reader), arn=lambda key: key[0])


def _described(reader: Reader, listed: tuple[str, tuple[str, ...]]) -> Key | None:
    arn, aliases = listed
    answer = reader.call(DESCRIBE_KEY, region=arn.split(":")[3], KeyId=arn)
    return _key(answer["KeyMetadata"], aliases) if answer else None


def _key(metadata: Mapping[str, Any], aliases: tuple[str, ...]) -> Key:
    replica = metadata.get("MultiRegionConfiguration", {}).get("MultiRegionKeyType") == "REPLICA"
    return Key(
        arn=metadata["Arn"],
        manager=metadata["KeyManager"],
        state=metadata["KeyState"],
        aliases=aliases,
        can_rotate=metadata["KeyManager"] == "CUSTOMER"
        and metadata.get("KeySpec") == "SYMMETRIC_DEFAULT"
        and metadata.get("Origin") == "AWS_KMS"
        and not replica,
        deletion_at=metadata.get("DeletionDate"),
    )


@collector(GET_ROTATION)
def key_rotations(reader: Reader, keys: Sequence[Key]) -> Iterator[KeyRotation]:
    """The rotation of each enabled key that KMS can rotate; of others AWS has nothing to say."""
    enabled = (key for key in keys if key.can_rotate and key.state == "Enabled")
    yield from reader.each(enabled, partial(_rotation, reader), arn=lambda key: key.arn)


def _rotation(reader: Reader, key: Key) -> KeyRotation | None:
    answer = reader.call(GET_ROTATION, KeyId=key.arn)
    if answer is None:
        return None
    return KeyRotation(key.arn, answer["KeyRotationEnabled"], answer.get("RotationPeriodInDays"))


@collector(DESCRIBE_KEY)
def replica_keys(reader: Reader, tables: Sequence[Table]) -> Iterator[Key]:
    """The customer's keys that replicas are encrypted under, each once, in the replica's region.

    A key of another account can be used there and not be described here: nothing is said of it.
    """
    arns = dict.fromkeys(
        replica.key_arn
        for table in tables
        for replica in table.replicas.values()
        if replica.key_arn and replica.key_arn.split(":")[4] == reader.identity.account
    )
    yield from reader.each(((arn, ()) for arn in arns), partial(_described, reader))
