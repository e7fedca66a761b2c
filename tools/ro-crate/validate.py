"""Checks a folder with a ro-crate-metadata.json by the validator of RO-Crates, as a Process Run Crate 0.5:

    python3 tools/ro-crate/validate.py DIR

Takes roc-validator and rocrate from PyPI. Nothing else is fetched: the JSON-LD context that the metadata names is answered from
the terms in the package rocrate (those of RO-Crate 1.3, which has all of 1.1's). Exits with 1 if a required check fails.
"""
import sys
from importlib.resources import files

import requests
from requests.adapters import HTTPAdapter
from rocrate_validator import services
from rocrate_validator.models import Severity, ValidationSettings

CONTEXT = "https://w3id.org/ro/crate/1.1/context"


def answered(_adapter, request, **_options):
    """The context from the package, in place of a page of the web."""
    if request.url != CONTEXT:
        raise requests.ConnectionError(f"{request.url} was asked for, and nothing is fetched")
    response = requests.Response()
    response.status_code, response.url, response.request = 200, request.url, request
    response.headers["Content-Type"] = "application/ld+json"
    response._content = (files("rocrate") / "data" / "ro-crate.jsonld").read_bytes()
    return response


HTTPAdapter.send = answered

settings = ValidationSettings(
    rocrate_uri=sys.argv[1],
    profile_identifier="process-run-crate-0.5",
    requirement_severity=Severity.REQUIRED,
    no_cache=True,
)
result = services.validate(settings)
for issue in result.get_issues():
    print(f"{issue.severity.name} {issue.check.identifier}: {issue.message}")
print("valid" if result.passed() else "not valid")
sys.exit(0 if result.passed() else 1)
