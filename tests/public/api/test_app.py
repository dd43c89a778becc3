"""The app API against its own OpenAPI document: whatever is sent, nothing breaks and every answer is as documented."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import hypothesis
import pytest
import schemathesis
from hypothesis.strategies import one_of
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi import checks

from smartalert.public import report_pages
from smartalert.public.api import access, app, problems
from smartalert.subscribers.devices import CONSENT_VERSION
from tests import PROJECT
from tests.databases import Database
from tests.public.api.phone import API, Phone, is_problem
from tests.public.api.phone import app_api as serving
from tests.public.served import issue

ANSWERED_AS_DOCUMENTED = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
    checks.missing_required_header,
    checks.unsupported_method,
]
#: Parameters nobody documented are passed over; credentials have a test of their own.
CONFIG = {"generation": {"allow-extra-parameters": False, "with-security-parameters": False}}
DOCUMENT = app.app.openapi()
schema = schemathesis.openapi.from_dict(DOCUMENT, config=SchemathesisConfig.from_dict(CONFIG))
OPERATIONS = [result.ok() for result in schema.get_all_operations()]
OWN = [
    (method, path)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
    if "security" in operation
]


@pytest.fixture(scope="module")
def api(module_database: Database) -> Iterator[httpx.Client]:
    with pytest.MonkeyPatch.context() as patch, serving(module_database) as client:
        for limit in ("DEVICE_AN_HOUR", "NEW_DEVICES_AN_HOUR", "SEARCHES_AN_HOUR", "STRANGERS_AN_HOUR"):
            patch.setattr(access, limit, 1_000_000)
        patch.setattr(report_pages, "PERSON_AN_HOUR", 1_000_000)
        yield client


@pytest.fixture(scope="module")
def phone(api: httpx.Client) -> Phone:
    return Phone(api)


@pytest.fixture(scope="module")
def alert(phone: Phone) -> str:
    """One that was for the phone, so that more than refusals is tried."""
    return str(issue()[1])


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label)
def test_every_answer_is_as_documented(operation: Any, api: httpx.Client, phone: Phone, alert: str) -> None:
    """schemathesis's own parametrize gives all these tests one name, of which xdist runs one."""
    kinds = [operation.as_strategy(generation_mode=mode) for mode in modes(operation)]

    @hypothesis.given(one_of(kinds))
    @hypothesis.settings(max_examples=30, deadline=None, derandomize=True, database=None)
    def answered(case: Case) -> None:
        if case.meta.generation.mode.is_positive:
            come_further(case, alert)
        asks = Phone(api) if operation.label == "DELETE /device" else phone
        case.call_and_validate(base_url=f"{api.base_url}{API}", headers=asks.headers, checks=ANSWERED_AS_DOCUMENTED)

    answered()


def come_further(case: Case, alert: str) -> None:
    """Past what only somebody who asked before can know: an alert, the consent's version, the state that is changed."""
    if "identifier" in case.path_parameters:
        case.path_parameters["identifier"] = alert
    if isinstance(case.body, dict) and "consent_version" in case.body:
        case.body["consent_version"] = CONSENT_VERSION
    case.headers.pop("if-match", None)


def modes(operation: Any) -> list[GenerationMode]:
    """Requests as they should be, and, where there is anything to get wrong, as they should not."""
    anything = [*operation.path_parameters, *operation.query, *operation.headers, *operation.body]
    return list(GenerationMode) if anything else [GenerationMode.POSITIVE]


@pytest.mark.parametrize(("method", "path"), OWN)
def test_whatever_is_a_devices_own_needs_its_credential(api: httpx.Client, alert: str, method: str, path: str) -> None:
    answer = api.request(method, f"{API}{path.format(identifier=alert)}")
    assert answer.status_code == 401
    assert is_problem(answer, "not-registered")


def test_the_document_is_served_and_covers_the_api_only(api: httpx.Client) -> None:
    served = api.get(f"{API}/openapi.json").json()
    assert served == DOCUMENT
    assert served["servers"] == [{"url": API}]
    assert not [path for path in served["paths"] if "sign-up" in path or "webhooks" in path]


def test_every_kind_of_problem_is_explained_to_developers() -> None:
    said = (PROJECT / "docs" / "app-api.md").read_text()
    assert [kind for kind in problems.KINDS if f"`{kind}`" not in said] == []
    assert [path for path in DOCUMENT["paths"] if not re.search(rf" {path}[`?]", said)] == []
