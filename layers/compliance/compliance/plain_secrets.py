"""Telling a secret in plain text from a name, an address or an id, by how it looks.

The value stays here: what comes out is the kind of secret, for people to read.
"""

from __future__ import annotations

import math
import re
from collections import Counter

__all__ = ["is_placeholder", "secret_in"]

_SHAPES = {
    "an AWS access key": r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b",
    "a private key": r"-----BEGIN [A-Z ]*PRIVATE KEY-----",
    "a JSON Web Token": r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]*",
    "a Slack token": r"\bxox[a-z]-[\w-]{10,}",
    "a Slack webhook": r"hooks\.slack\.com/(?:services|workflows|triggers)/\w+",
    "a GitHub token": r"\b(?:gh[pousr]_\w{36,}|github_pat_\w{22,})",
    "a Stripe key": r"\b[sr]k_live_\w{10,}",
    "an address with a password": r"\b[a-zA-Z][\w+.-]*://[^\s/:@]*:(?!\$?\{)[^\s/@]+@",
    "a connection string with a password": (
        r"(?i)(?:^|[\s;,?&{])[\"']?(?:password|passwd|pwd|accountkey|sharedaccesskey)[\"']?"
        r"\s*[=:]\s*[\"']?[^\s;,&\"'${}]{4,}"
    ),
}
_COMPILED = {kind: re.compile(shape) for kind, shape in _SHAPES.items()}

_WORD = r"(?:^|[_.-]|(?<=[a-z]))(?:{})(?:$|[_.-]|(?=[A-Z]))"
_PASSWORD = re.compile(
    _WORD.format("PASSWORD|PASSWD|PASSPHRASE|PWD|[Pp]assword|[Pp]asswd|[Pp]assphrase|pwd")
)
_SECRET = re.compile(
    _WORD.format("SECRET|TOKEN|CREDENTIALS?|[Ss]ecret|[Tt]oken|[Cc]redentials?")
    + r"|APIKEY|[Aa]pi_?[Kk]ey|API_KEY"
)
_KEY = re.compile(_WORD.format("KEY|[Kk]ey"))
# What is said about a secret and is none itself.
_ABOUT = re.compile(
    r"(?i)[_-](?:arn|name|id|url|uri|path|file|table|bucket|alias|parameter|param|prefix|length|"
    r"min|max|ttl|expiry|seconds|minutes|hours|days|version|endpoint|header|type|issuer)s?$"
    r"|(?<=[a-z])(?:Arn|Name|Id|Url|Path|Table|Alias|Length|Ttl|Version|Endpoint)$"
)
_UUID = re.compile(r"(?i)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_REFERENCE = re.compile(
    r"arn:.*|[a-z][a-z0-9+.-]*://.*|\{\{resolve:.*\}\}"
    r"|/?[a-z0-9_.@-]+(?:/[A-Za-z0-9_.@-]+)+",
    re.DOTALL,
)
_TRIVIAL = re.compile(r"(?i)\s*|\d{1,6}|true|false|yes|no|on|off|enabled|disabled|none|null")
_PLACEHOLDER = re.compile(
    r"(?i)\s*|to-?do\b.*|tbd|fixme\b.*|x{3,}|change[-_ ]?(?:me|this|it)\b.*"
    r"|replace[-_ ]?(?:me|this|it|with)\b.*|placeholder|your[-_ ].*|undefined|null|none"
    r"|<[^<>]*>|\$\{[^{}]*\}|\{\{[^{}]*\}\}|%[a-z_]+%",
    re.DOTALL,
)
_SHORTEST_OPAQUE = 16
_LONGEST_WORD = 12
_LEAST_BITS = 3.0


def is_placeholder(value: str) -> bool:
    """Whether somebody or something was to fill the value in, and did not."""
    return _PLACEHOLDER.fullmatch(value.strip()) is not None


def secret_in(name: str, value: str) -> str | None:
    """What kind of secret a variable holds in plain text; None where it looks like none.

    A shape that only secrets have is enough, whatever the variable is called. Otherwise its name
    must announce a secret, and its value be no ARN, address, path or id: any value for a password,
    and a random one for a token or a key. A UUID is an id, unless it is called a secret or a token.
    """
    for kind, shape in _COMPILED.items():
        if shape.search(value):
            return kind
    ordinary = (
        _ABOUT.search(name)
        or _TRIVIAL.fullmatch(value)
        or _REFERENCE.fullmatch(value)
        or is_placeholder(value)
    )
    return None if ordinary else _announced(name, value)


def _announced(name: str, value: str) -> str | None:
    if _PASSWORD.search(name):
        return "a password"
    called_secret = _SECRET.search(name) is not None
    if _UUID.fullmatch(value):
        found = called_secret
    else:
        found = (called_secret or _KEY.search(name) is not None) and _random(value)
    return "a secret or token" if found else None


def _random(value: str) -> bool:
    """Whether the value has a long stretch of letters and digits that no word has."""
    if len(value) < _SHORTEST_OPAQUE or re.search(r"\s", value):
        return False
    stretch = max(re.split(r"[-_.:,]", value), key=len)
    mixed = any(c.isdigit() for c in stretch) and any(c.isalpha() for c in stretch)
    return len(stretch) >= _LONGEST_WORD and mixed and _bits(value) >= _LEAST_BITS


def _bits(value: str) -> float:
    """Shannon's entropy, in bits a character."""
    shares = [count / len(value) for count in Counter(value).values()]
    return -sum(share * math.log2(share) for share in shares)
