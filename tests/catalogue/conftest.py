"""What the tests of the catalogue share: a third party that reads the vendor's document.

Without the document (see the module `vendor`) or without openapi-core, the tests that need them are skipped.
"""

from __future__ import annotations

import json
import warnings
from ipaddress import ip_address
from types import SimpleNamespace

import pytest
import vendor
from werkzeug.datastructures import Headers, ImmutableMultiDict

from monite_magic import catalogue


def _is_ip_address(value):
    try:
        ip_address(value)
    except ValueError:
        return not isinstance(value, str)
    return True


class VendorValidator:
    """Tells whether the document accepts a JSON body, by the word of openapi-core."""

    def __init__(self, document):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what it imports is not up to us
            from openapi_core import Config, OpenAPI
            from openapi_core.exceptions import OpenAPIError
            from openapi_core.validation.request import V31RequestBodyValidator
        document = vendor.fixed(document)
        document["servers"] = [{"url": "https://api.example.com/v1"}]
        # The document has a keyword that isn't OpenAPI's and lacks `x-`, so it is not checked itself.
        spec = OpenAPI.from_dict(document, config=Config(spec_validator_cls=None)).spec
        # pydantic's own name for an address of either kind; no other tool can know it.
        formats = {"ipvanyaddress": _is_ip_address}
        self._validator = V31RequestBodyValidator(spec, extra_format_validators=formats)
        self._error = OpenAPIError

    def problem(self, method, path, body):
        """What is wrong with a body, or None."""
        request = SimpleNamespace(
            host_url="https://api.example.com",
            path=f"/v1{path}",
            path_pattern=None,
            full_url_pattern=f"https://api.example.com/v1{path}",
            method=method.lower(),
            parameters=SimpleNamespace(
                query=ImmutableMultiDict(), header=Headers(), cookie=ImmutableMultiDict(), path={}
            ),
            content_type="application/json",
            body=json.dumps(body).encode(),
        )
        try:
            self._validator.validate(request)
        except self._error as error:
            return error
        except TypeError as error:  # it looks up a discriminator that is a list
            return error
        return None


@pytest.fixture(scope="module", params=catalogue.versions())
def version(request):
    """Each packaged API version."""
    return request.param


@pytest.fixture(scope="module")
def vendor_document(version):
    return vendor.read(version) or pytest.skip(vendor.MISSING)


@pytest.fixture(scope="module")
def vendor_validator(vendor_document):
    pytest.importorskip("openapi_core", reason="openapi-core is not installed: pip install '.[referee]'")
    return VendorValidator(vendor_document)
