from pathlib import Path
from typing import Any

import pytest
import yaml

from compliance.baseline import PRODUCTION, load_baseline
from compliance.checklist import load_checklist
from compliance.documents import DocumentError


def _changed(tmp_path: Path, **paths: object) -> Path:
    """Production's baseline with the values at dotted paths replaced."""
    values: dict[str, Any] = yaml.safe_load(PRODUCTION.read_text(encoding="utf-8"))
    for path, value in paths.items():
        *parents, last = path.split("__")
        target = values
        for parent in parents:
            target = target[parent]
        target[last] = value
    file = tmp_path / "baseline.yaml"
    file.write_text(yaml.safe_dump(values), encoding="utf-8")
    return file


def test_a_baseline_of_another_environment_than_the_deployed_one_is_refused() -> None:
    with pytest.raises(DocumentError) as refused:
        load_baseline(environment="staging")
    assert refused.value.mistakes == [
        "environment: found 'production', expected 'staging', the environment that is deployed"
    ]


@pytest.mark.parametrize("deployed", ["production", "", None])
def test_a_baseline_of_the_deployed_environment_or_of_any_is_taken(deployed: str | None) -> None:
    assert load_baseline(environment=deployed)["environment"] == "production"


def test_production_holds_what_the_checklist_sets() -> None:
    baseline = load_baseline(items=load_checklist().items)
    assert {path: baseline[path] for path in _SET_BY_THE_CHECKLIST} == _SET_BY_THE_CHECKLIST


_SET_BY_THE_CHECKLIST = {
    "stack": "omnitrack-ai",
    "account.region": "us-east-1",
    "api.throttling": {"requests_per_second": 1000, "burst": 2000},
    "api.cache": {"size_gb": 0.5, "ttl_seconds": 300},
    "lambda.named": [
        {
            "function": "omnitrack-copilot-message",
            "memory_mb": {"minimum": 1024, "maximum": 1024},
            "timeout_seconds": {"minimum": 60, "maximum": 60},
            "reserved_concurrency": 100,
        }
    ],
    "lambda.others.memory_mb": {"minimum": 256, "maximum": 512},
    "lambda.others.timeout_seconds": {"minimum": 30, "maximum": 30},
    "dynamodb.billing_mode": "PAY_PER_REQUEST",
    "dynamodb.point_in_time_recovery": True,
    "backups.retention_days": 30,
    "logs.retention_days.minimum": 30,
    "alarms.definitions.api-error-rate": {
        "threshold": 5,
        "unit": "percent",
        "datapoints_to_alarm": 2,
        "evaluation_periods": 2,
        "period_seconds": 300,
    },
    "alarms.definitions.api-latency": {
        "threshold": 2000,
        "unit": "milliseconds",
        "percentile": 95,
        "datapoints_to_alarm": 2,
        "evaluation_periods": 3,
        "period_seconds": 300,
    },
    "alarms.definitions.lambda-errors": {
        "threshold": 5,
        "unit": "percent",
        "datapoints_to_alarm": 2,
        "evaluation_periods": 2,
        "period_seconds": 300,
    },
}


def test_three_mistakes_are_named_at_once(tmp_path: Path) -> None:
    path = _changed(
        tmp_path,
        account__id=123456789012,
        logs__retention_days={"minimum": "30", "maximum": 400},
        bakups={},
    )
    with pytest.raises(DocumentError) as error:
        load_baseline(path)
    assert error.value.mistakes == [
        "bakups: unknown key, did you mean backups?",
        "account.id: found 123456789012, expected text (twelve digits in quotes)",
        "logs.retention_days.minimum: found '30', expected a whole number, at least 1",
    ]


def test_an_empty_range_is_a_mistake(tmp_path: Path) -> None:
    path = _changed(tmp_path, logs__retention_days={"minimum": 60, "maximum": 30})
    with pytest.raises(DocumentError, match=r"logs\.retention_days: found minimum 60 above"):
        load_baseline(path)


def test_more_datapoints_than_periods_are_a_mistake(tmp_path: Path) -> None:
    path = _changed(tmp_path)
    text = path.read_text(encoding="utf-8").replace(
        "datapoints_to_alarm: 2", "datapoints_to_alarm: 4"
    )
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DocumentError, match="datapoints_to_alarm: found 4, expected at most"):
        load_baseline(path)


def test_an_item_that_does_not_exist_cannot_be_called_not_applicable(tmp_path: Path) -> None:
    path = _changed(tmp_path, not_applicable={"governance.hippa": "no health data"})
    with pytest.raises(DocumentError, match=r"not_applicable\.governance\.hippa: found"):
        load_baseline(path, items=load_checklist().items)


def test_an_exclusion_counts_for_its_items_alone(tmp_path: Path) -> None:
    exclusion = {"resource": "arn:*:log-group:/sandbox/*", "reason": "scratch", "items": ["a.b"]}
    baseline = load_baseline(_changed(tmp_path, scope={"exclude": [exclusion]}))
    sandbox = "arn:aws:logs:us-east-1:1:log-group:/sandbox/x"
    assert baseline.excludes("a.b", sandbox)
    assert not baseline.excludes("a.c", sandbox)
    assert not baseline.excludes("a.b", "arn:aws:logs:us-east-1:1:log-group:/prod/x")


def test_a_path_that_is_not_there_is_named() -> None:
    with pytest.raises(KeyError, match=r"has no logs\.retention"):
        load_baseline()["logs.retention"]


@pytest.mark.parametrize(
    ("alerts", "mistake"),
    [
        ({"routes": [{"name": "a", "channel": "slack", "sections": ["securty"]}]}, "securty"),
        ({"runbooks": {"default": None, "sections": {}, "items": {"a.b": None}}}, "'a.b'"),
        ({"runbooks": {"default": "http://x", "sections": {}, "items": {}}}, "runbooks.default"),
        ({"maintenance": [{"name": "a", "weekly": "sunday"}]}, r"maintenance\[0\]"),
        ({"maintenance": [{"name": "a"}]}, r"maintenance\[0\]"),
    ],
)
def test_alerts_speak_only_of_what_there_is(
    alerts: dict[str, Any], mistake: str, tmp_path: Path
) -> None:
    values = yaml.safe_load(PRODUCTION.read_text(encoding="utf-8"))["alerts"]
    path = _changed(tmp_path, alerts={**values, **alerts})
    with pytest.raises(DocumentError, match=mistake):
        load_baseline(path, items=load_checklist().items)
