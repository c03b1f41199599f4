import json
import tomllib

import pytest
from deployed_template import ROOT, template

from compliance.baseline import SCHEMA, load_baseline

TEMPLATE = template()
CONFIG = tomllib.loads((ROOT / "samconfig.toml").read_text(encoding="utf-8"))
BASELINES = ROOT / "layers/compliance/compliance/baseline"


def _overrides(environment: str) -> dict[str, str]:
    words = CONFIG[environment]["deploy"]["parameters"]["parameter_overrides"].split()
    return {name: value.strip('"') for name, value in (word.split("=") for word in words)}


@pytest.mark.parametrize("environment", ["production", "staging"])
def test_an_environment_sets_parameters_that_exist(environment: str) -> None:
    assert _overrides(environment).keys() <= TEMPLATE.document["Parameters"].keys()


@pytest.mark.parametrize("environment", ["production", "staging"])
def test_an_environment_is_judged_by_a_baseline_that_exists(environment: str) -> None:
    assert (BASELINES / _overrides(environment)["Baseline"]).is_file()


@pytest.mark.parametrize("environment", ["production", "staging"])
def test_the_dashboard_looks_where_the_baseline_sends_the_metrics(environment: str) -> None:
    overrides = _overrides(environment)
    baseline = load_baseline(BASELINES / overrides["Baseline"])
    assert overrides["Environment"] == baseline["environment"]


def test_so_it_does_without_any_parameter() -> None:
    parameters = TEMPLATE.document["Parameters"]
    baseline = load_baseline(BASELINES / parameters["Baseline"]["Default"])
    assert parameters["Environment"]["Default"] == baseline["environment"]


def test_every_environment_that_a_baseline_may_have_can_be_deployed() -> None:
    named = json.loads(SCHEMA.read_text(encoding="utf-8"))["properties"]["environment"]["pattern"]
    assert f"^{TEMPLATE.document['Parameters']['Environment']['AllowedPattern']}$" == named


def test_two_environments_are_two_stacks() -> None:
    names = [
        CONFIG[name]["global"]["parameters"]["stack_name"] for name in CONFIG if name != "version"
    ]
    assert names == ["omnitrack-compliance", "omnitrack-compliance", "omnitrack-compliance-staging"]


def test_no_parameter_must_be_given() -> None:
    parameters = TEMPLATE.document["Parameters"].values()
    assert all("Default" in parameter for parameter in parameters)
