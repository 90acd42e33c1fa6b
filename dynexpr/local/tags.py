"""TagResource, UntagResource, ListTagsOfResource.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Tagging.html
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from dynexpr import limits
from dynexpr.local.database import Database
from dynexpr.local.errors import LocalServiceError, invalid_parameter, refuse
from dynexpr.local.names import ACCOUNT
from dynexpr.local.schema import Schema

Params = Mapping[str, Any]
Answer = dict[str, Any]

_ARN: Final = re.compile(r"arn:[a-z-]+:dynamodb:[^:]*:([^:]*):(.*)", re.DOTALL)
_TABLE: Final = re.compile(r"table/([A-Za-z0-9_.-]{3,255})\Z")
_TEXT: Final = re.compile(r"[\w\s+\-=.:/@]*")
"""Letters and digits of any script, spaces, and eight marks."""


def tag_resource(db: Database, params: Params) -> Answer:
    """TagResource."""
    with db.store.write:
        schema = _tagged(db, params["ResourceArn"], "TagResource")
        tags = read_tags(params["Tags"])
        if not tags:
            refuse("Atleast one Tag needs to be provided as Input.")
        _keep(db, schema, {**schema.definition.get("tags", {}), **tags})
    return {}


def untag_resource(db: Database, params: Params) -> Answer:
    """UntagResource. A key that no tag has is passed over."""
    with db.store.write:
        schema = _tagged(db, params["ResourceArn"], "UntagResource")
        keys = params["TagKeys"]
        if not keys:
            refuse("Atleast one Tag Key needs to be provided as Input.")
        for key in keys:
            _check_key(key)
        _check_count(keys)
        _keep(db, schema, {key: tag for key, tag in schema.definition.get("tags", {}).items() if key not in keys})
    return {}


def list_tags_of_resource(db: Database, params: Params) -> Answer:
    """ListTagsOfResource. All fifty tags that a table can have fit into one page."""
    with db.store.read:
        schema = _tagged(db, params["ResourceArn"], "ListTagsOfResource")
        if params.get("NextToken") is not None:
            refuse("Invalid NextToken")
        tags = schema.definition.get("tags", {})
    return {"Tags": [{"Key": key, "Value": tags[key]} for key in sorted(tags)]}


def read_tags(given: Iterable[Params]) -> dict[str, str]:
    """Tags by their keys; refuses those that the service does not take, all together."""
    tags: dict[str, str] = {}
    for tag in given:
        key, value = tag.get("Key"), tag.get("Value")
        _check_key(key)
        if value is None or len(value) > limits.TAG_VALUE_CHARS or not _TEXT.fullmatch(value):
            refuse(f"The Tag Value provided is invalid, Value: {'null' if value is None else value}")
        if key in tags:
            refuse(f"Duplicate Tag Keys provided as input: Duplicate Tag Key found {key}")
        tags[str(key)] = value
    _check_count(tags)
    return tags


def _check_key(key: str | None) -> None:
    if not key or len(key) > limits.TAG_KEY_CHARS or not _TEXT.fullmatch(key):
        refuse(f"The Tag Key provided is invalid, Key: {'null' if key is None else key}")
    if key.lower().startswith("aws:"):
        refuse(f"Tag Key cannot be prefixed with aws:, Key: {key}")


def _check_count(tags: Any) -> None:
    if len(tags) > limits.TAGS:
        refuse("Number of Tags exceed the current limit for the provided ResourceArn")


def _keep(db: Database, schema: Schema, tags: dict[str, str]) -> None:
    _check_count(tags)
    db.define(schema.name, {**schema.definition, "tags": tags})


def _tagged(db: Database, arn: str, operation: str) -> Schema:
    """The table of an ARN."""
    if not arn.startswith("arn:"):
        invalid_parameter(f"ARNs must start with 'arn:': {arn}")
    parts = _ARN.match(arn)
    if parts is None:
        invalid_parameter(f"Provided Arn is not a DynamoDB resource arn: {arn}")
    account, resource = parts.groups()
    table = _TABLE.match(resource)
    if table is None:
        invalid_parameter(
            f"Invalid resource arn provided, only table or stream is accepted. Provided resource arn: {arn}"
        )
    schema = db.find_schema(table.group(1))
    if schema is None:
        if account != ACCOUNT:
            raise LocalServiceError(
                "AccessDeniedException",
                f"User: arn:aws:iam::{ACCOUNT}:root is not authorized to perform: dynamodb:{operation} "
                f"on resource: {arn}",
            )
        raise LocalServiceError(
            "ResourceNotFoundException", f"Requested resource not found: ResourceArn: {arn} not found"
        )
    return schema
