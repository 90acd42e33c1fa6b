"""Tags of the embedded engine's tables, row by row; DynamoDB Local has none, so messages are as recorded on the service."""

# ruff: noqa: E501  a row is a line, so that rows can be compared

from typing import Any

import pytest

from dynexpr.local import LocalEngine
from tests.local_rows import P, Request, Row, check_embedded, create, fails, refused

ARN = "arn:aws:dynamodb:us-east-1:123456789012:table/plain"


def tags(**values: str) -> list[dict[str, str]]:
    """Tags."""
    return [{"Key": key, "Value": value} for key, value in values.items()]


def tag(*given: dict[str, str], arn: str = ARN) -> Request:
    """TagResource."""
    return "TagResource", {"ResourceArn": arn, "Tags": list(given)}


def untag(*keys: str, arn: str = ARN) -> Request:
    """UntagResource."""
    return "UntagResource", {"ResourceArn": arn, "TagKeys": list(keys)}


def listed(arn: str = ARN, **more: Any) -> Request:
    """ListTagsOfResource."""
    return "ListTagsOfResource", {"ResourceArn": arn, **more}


MANY = [{"Key": f"k{n:02d}", "Value": "v"} for n in range(51)]
TOO_MANY = "Number of Tags exceed the current limit for the provided ResourceArn"
NOWHERE = ARN.replace("plain", "nowhere")
MISSING = refused(f"Requested resource not found: ResourceArn: {NOWHERE} not found", "ResourceNotFoundException")
OTHERS = NOWHERE.replace("123456789012", "000000000000")

ROWS = (
    Row("none", [listed()], {"Tags": []}),
    Row("tag", [tag(*tags(b="1"))], {}),
    Row("tagged", [tag(*tags(b="1", a="2")), listed()], {"Tags": tags(a="2", b="1")}),
    Row("added", [tag(*tags(b="1")), tag(*tags(a="2")), listed()], {"Tags": tags(a="2", b="1")}),
    Row("replaced", [tag(*tags(b="1")), tag(*tags(b="2")), listed()], {"Tags": tags(b="2")}),
    Row("untagged", [tag(*tags(b="1", a="2")), untag("b", "other"), listed()], {"Tags": tags(a="2")}),
    Row("untag", [untag("other")], {}),
    Row("with_the_table", [create(Tags=tags(a="1")), listed(ARN.replace("plain", "extra"))], {"Tags": tags(a="1")}),
    Row("gone_with_the_table", [create(Tags=tags(a="1")), ("DeleteTable", {"TableName": "extra"}), create(Tags=[]), listed(ARN.replace("plain", "extra"))], {"Tags": []}),
    Row("fifty", [tag(*MANY[:50]), listed()], {"Tags": MANY[:50]}),
    Row("words", [tag({"Key": "ключ é 表", "Value": "a+b-c=d.e_f:g/h@i 1"}), listed()], {"Tags": [{"Key": "ключ é 表", "Value": "a+b-c=d.e_f:g/h@i 1"}]}),
    Row("long", [tag({"Key": "k" * 128, "Value": "v" * 256}), listed()], {"Tags": [{"Key": "k" * 128, "Value": "v" * 256}]}),
    Row("empty_value", [tag(*tags(a="")), listed()], {"Tags": tags(a="")}),
    Row("a_refused_tag_leaves_all", [fails(tag(*tags(a="1"), *tags(b="#"))), listed()], {"Tags": []}),
    Row("no_tags", [tag()], refused("Atleast one Tag needs to be provided as Input.")),
    Row("no_keys", [untag()], refused("Atleast one Tag Key needs to be provided as Input.")),
    Row("empty_tag", [tag({})], refused("The Tag Key provided is invalid, Key: null")),
    Row("no_value", [tag({"Key": "a"})], refused("The Tag Value provided is invalid, Value: null")),
    Row("empty_key", [tag({"Key": "", "Value": "v"})], refused("The Tag Key provided is invalid, Key: ")),
    Row("long_key", [tag({"Key": "k" * 129, "Value": "v"})], refused(f"The Tag Key provided is invalid, Key: {'k' * 129}")),
    Row("long_value", [tag(*tags(a="v" * 257))], refused(f"The Tag Value provided is invalid, Value: {'v' * 257}")),
    *(Row(f"mark_{mark}", [tag(*tags(a=mark))], refused(f"The Tag Value provided is invalid, Value: {mark}")) for mark in "#%,&*;?|\\<~🔑"),
    Row("reserved", [tag({"Key": "aws:x", "Value": "v"})], refused("Tag Key cannot be prefixed with aws:, Key: aws:x")),
    Row("twice", [tag(*tags(a="1"), *tags(a="2"))], refused("Duplicate Tag Keys provided as input: Duplicate Tag Key found a")),
    Row("too_many", [tag(*MANY)], refused(TOO_MANY)),
    Row("too_many_together", [tag(*MANY[:50]), tag(*MANY[50:])], refused(TOO_MANY)),
    Row("untag_too_many", [untag(*(each["Key"] for each in MANY))], refused(TOO_MANY)),
    Row("untag_empty_key", [untag("")], refused("The Tag Key provided is invalid, Key: ")),
    Row("create_reserved", [create(Tags=[{"Key": "aws:x", "Value": "v"}])], refused("Tag Key cannot be prefixed with aws:, Key: aws:x")),
    Row("create_too_many", [create(Tags=MANY)], refused(TOO_MANY)),
    Row("no_arn", [("TagResource", {"Tags": tags(a="1")})], refused("1 validation error detected: Value null at 'resourceArn' failed to satisfy constraint: Member must not be null")),
    Row("not_an_arn", [tag(*tags(a="1"), arn="plain")], refused("One or more parameter values were invalid: ARNs must start with 'arn:': plain")),
    Row("arn_of_another_service", [listed("arn:aws:s3:::bucket")], refused("One or more parameter values were invalid: Provided Arn is not a DynamoDB resource arn: arn:aws:s3:::bucket")),
    Row("arn_of_an_index", [listed(ARN + "/index/glo")], refused(f"One or more parameter values were invalid: Invalid resource arn provided, only table or stream is accepted. Provided resource arn: {ARN}/index/glo")),
    Row("missing", [listed(NOWHERE)], MISSING),
    Row("tag_missing", [tag(*tags(a="1"), arn=NOWHERE)], MISSING),
    Row("untag_missing", [untag("a", arn=NOWHERE)], MISSING),
    Row("of_another_account", [listed(OTHERS)], refused(f"User: arn:aws:iam::123456789012:root is not authorized to perform: dynamodb:ListTagsOfResource on resource: {OTHERS}", "AccessDeniedException")),
    Row("unknown_token", [listed(NextToken="x")], refused("Invalid NextToken")),
)  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_embedded(row: Row, local: LocalEngine) -> None:
    """The embedded engine answers as the row says."""
    check_embedded(row, local)


def test_the_arn_is_the_table_s(local: LocalEngine) -> None:
    """Tables are tagged by the ARN that DescribeTable answers."""
    assert local.call("DescribeTable", {"TableName": P})["Table"]["TableArn"] == ARN
