"""AWS WAF: what is refused before it reaches an API or a distribution."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class RuleGroupReference:
    """Which rule group a rule of a web ACL runs, and which of its rules act otherwise there.

    A managed group has a `vendor`, and a `version` where it is pinned to one; one of a customer has
    an `arn`. `overrides` maps a rule of the group to its action in this web ACL. `narrowed`: a
    scope-down statement lets the group see only some of the requests.
    Source: https://docs.aws.amazon.com/waf/latest/APIReference/API_ManagedRuleGroupStatement.html
    """

    name: str
    vendor: str | None = None
    version: str | None = None
    arn: str | None = None
    overrides: Mapping[str, str] = field(default_factory=dict, hash=False)
    narrowed: bool = False

    @property
    def key(self) -> tuple[str | None, str, str | None]:
        """What identifies the group's own rules, whoever refers to it."""
        return self.vendor, self.arn or self.name, self.version


@dataclass(frozen=True, slots=True)
class WebAclRule:
    """A rule with an action of its own, or one that runs a group.

    `action` is ALLOW, BLOCK, COUNT, CAPTCHA or CHALLENGE, None for a group. `counting`: whatever
    the group decides, the web ACL only counts it.
    Source: https://docs.aws.amazon.com/waf/latest/APIReference/API_Rule.html
    """

    name: str
    action: str | None = None
    group: RuleGroupReference | None = None
    counting: bool = False


@dataclass(frozen=True, slots=True)
class WebAcl:
    """A web ACL with its rules in order, those that Firewall Manager adds among them.

    Source: https://docs.aws.amazon.com/waf/latest/APIReference/API_WebACL.html
    """

    arn: str
    name: str
    default_action: str
    rules: tuple[WebAclRule, ...] = ()

    @property
    def managed_groups(self) -> tuple[tuple[RuleGroupReference, bool], ...]:
        """Each managed rule group, and whether the web ACL only counts what it finds."""
        return tuple(
            (rule.group, rule.counting) for rule in self.rules if rule.group and rule.group.vendor
        )


@dataclass(frozen=True, slots=True)
class RuleGroup:
    """The actions of a rule group's own rules, by the rule's name.

    Source: https://docs.aws.amazon.com/waf/latest/APIReference/API_DescribeManagedRuleGroup.html
    """

    key: tuple[str | None, str, str | None]
    actions: Mapping[str, str] = field(hash=False)


@dataclass(frozen=True, slots=True)
class WebAclLogging:
    """Where a web ACL's log goes.

    Source: https://docs.aws.amazon.com/waf/latest/APIReference/API_LoggingConfiguration.html
    """

    web_acl_arn: str
    destinations: tuple[str, ...]
