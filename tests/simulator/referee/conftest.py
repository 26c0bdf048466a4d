"""The referee: openapi-core, which holds the simulator's answers against the vendor's document."""

from __future__ import annotations

import warnings
from types import SimpleNamespace

import pytest
import vendor
from werkzeug.datastructures import Headers

from monite_magic import catalogue

HOST = "https://api.example.com"


class VendorReferee:
    """Tells what is wrong with an answer, by the word of openapi-core."""

    def __init__(self, document):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what it imports is not up to us
            from openapi_core import Config, OpenAPI
            from openapi_core.exceptions import OpenAPIError
            from openapi_core.validation.response import V31ResponseValidator
        document = {**vendor.fixed(document), "servers": [{"url": f"{HOST}/v1"}]}
        # The document has a keyword that isn't OpenAPI's and lacks `x-`, so it is not checked itself.
        spec = OpenAPI.from_dict(document, config=Config(spec_validator_cls=None)).spec
        self._validator = V31ResponseValidator(
            spec, extra_format_validators={"ipvanyaddress": lambda value: True}
        )
        self._error = OpenAPIError

    def problem(self, operation, answer):
        """What is wrong with an answer of an operation, or None."""
        path = f"/v1{operation.path}".replace("{", "").replace("}", "")
        request = SimpleNamespace(
            host_url=HOST,
            path=path,
            path_pattern=None,
            full_url_pattern=HOST + path,
            method=operation.method.lower(),
        )
        response = SimpleNamespace(
            status_code=answer.status_code,
            headers=Headers(answer.headers.multi_items()),
            content_type=answer.headers.get("Content-Type", ""),
            data=answer.content,
        )
        try:
            self._validator.validate(request, response)
        except self._error as error:
            cause = getattr(error.__cause__, "schema_errors", error.__cause__)
            return f"{operation} {answer.status_code}: {error} {cause} {answer.text[:300]}"
        return None


@pytest.fixture(scope="module", params=catalogue.versions())
def version(request):
    return request.param


@pytest.fixture(scope="module")
def referee(version):
    """Judges by the document of one version."""
    document = vendor.read(version)
    if document is None:
        pytest.skip(vendor.MISSING)
    pytest.importorskip("openapi_core", reason="openapi-core is not installed: pip install '.[referee]'")
    return VendorReferee(document)
