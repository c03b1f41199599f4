"""A secret in plain text is told from a name, an address or an id."""

import pytest

from compliance.plain_secrets import is_placeholder, secret_in

UUID = "0b1f7a5e-2c3d-4e5f-8a9b-0c1d2e3f4a5b"
# Put together here, so that no scanner takes this file for a leak.
RANDOM = "q7Rm" + "Xb2LkP9" + "vTz4Wn8cYd"
PARTS = {
    "access key": "AKIA" + "IOSFODNN7EXAMPLE",
    "temporary key": "ASIA" + "IOSFODNN7EXAMPLE",
    "private key": "-----BEGIN RSA " + "PRIVATE KEY-----\nMIIE",
    "token": "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIxMjM0NSJ9.c2ln",
    "slack token": "xoxb-" + "1234567890-abcdefghij",
    "slack webhook": "https://hooks.slack.com/" + "services/T000/B000/XXXX",
    "github": "ghp_" + "a" * 36,
    "stripe": "sk_live_" + "4eC39HqLyjWDarjt",
    "address": "postgres://app:" + "hunter2@db.example:5432/app",
    "broker": "amqps://:" + "hunter2@mq.example",
    "connection string": "Server=db;Database=a;" + "Password=hunter2;",
    "json": '{"user": "a", "password": ' + '"hunter2"}',
}


@pytest.mark.parametrize("value", PARTS.values(), ids=PARTS)
def test_a_shape_that_only_secrets_have_is_enough_whatever_its_name(value: str) -> None:
    assert secret_in("SETTING", value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DB_PASSWORD", "hunter2"),
        ("dbPassword", "hunter2"),
        ("PWD_ADMIN", "letmein"),
        ("CARRIER_API_TOKEN", RANDOM),
        ("apiKey", RANDOM),
        ("API_KEY", "0123456789abcdef0123456789abcdef"),
        ("CLIENT_SECRET", "wJalrXUtnFEMI" + "/K7MDENG/bPxRfiCY3XAMPLEKEY"),
        ("SESSION_SECRET", UUID),
        ("ENCRYPTION_KEY", RANDOM),
    ],
)
def test_a_name_that_announces_a_secret_and_a_value_that_is_one_are_found(
    name: str, value: str
) -> None:
    assert secret_in(name, value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DB_SECRET", "arn:aws:secretsmanager:us-east-1:123456789012:secret:omnitrack/db-q7RmXb"),
        ("DB_SECRET", "omnitrack/erp-connection"),
        ("DB_SECRET_NAME", "omnitrack-erp-connection-2024"),
        ("DB_PASSWORD_ARN", "anything"),
        ("DB_PASSWORD", ""),
        ("DB_PASSWORD", "changeme"),
        ("PASSWORD_MIN_LENGTH", "12"),
        ("TOKEN_URL", "https://auth.example/oauth2/token"),
        ("TOKEN_ENDPOINT", RANDOM),
        ("KMS_KEY", UUID),
        ("KMS_KEY_ID", RANDOM),
        ("PARTITION_KEY", "pk"),
        ("S3_KEY", "models/2026/forecast-v12.json"),
        ("USE_TOKEN", "true"),
        ("TOKEN_TTL", "3600"),
        ("TABLE", RANDOM),
        ("MONKEY", RANDOM),
        ("KEY_FUNCTION", "omnitrack-notification-sender-v2"),
        ("ENDPOINT", "https://api.example:8443/v1"),
        ("DATABASE_URL", "postgres://app@db.example/app"),
        ("DATABASE_URL", "postgres://app:${PASSWORD}@db.example/app"),
        ("TIME", "12:30@home"),
    ],
)
def test_names_addresses_paths_and_ids_are_no_secrets(name: str, value: str) -> None:
    assert secret_in(name, value) is None


@pytest.mark.parametrize(
    "value",
    ["", "  ", "TODO", "todo: ask ops", "changeme", "CHANGE_ME", "<your-bucket>", "${Bucket}",
     "{{resolve:ssm:x}}", "xxx", "replace-me", "undefined", "your-api-key", "placeholder"],
)  # fmt: skip
def test_what_nobody_filled_in_is_a_placeholder(value: str) -> None:
    assert is_placeholder(value)


@pytest.mark.parametrize("value", ["production", "omnitrack-ai", "0", "{}", "todos", "x", "a<b>"])
def test_a_value_is_no_placeholder(value: str) -> None:
    assert not is_placeholder(value)
