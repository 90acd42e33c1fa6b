"""Texts nobody's compiler wrote: accepted or refused as DynamoDB Local does, with its own reason."""

import random
import re
from collections.abc import Callable, Iterator
from typing import Any, Final

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from hypothesis import given, settings, strategies as st

from dynexpr.compile.checks import check_condition, check_projection, check_update
from dynexpr.errors import ArgumentError
from dynexpr.expression.kinds import PARAMETERS, Kind
from dynexpr.expression.nodes import Condition, Projection, Update
from dynexpr.frontends.text import shape
from tests.test_text import CONDITIONS, REFUSED, TOO_LARGE, UPDATES

TABLE: Final = "text-fuzz"
KEY: Final = {"pk": {"S": "none"}}

LITERALS: Final = {":n": {"N": "1"}, ":l": {"L": []}, ":s": {"SS": ["x"]}}
"""By how their placeholders begin; others stand for `S`, which attribute_type() takes too."""

BARE_WORDS: Final = re.compile(r"(?i)(?<![#:\w])(?:convert|size)(?!\w|[ \t\r\n]*\()")
"""What the known exception `bare-reserved-words` is about."""


def placeholders(text: str) -> tuple[dict[str, str], dict[str, Any]]:
    """Names and values for all placeholders a text may use."""
    names = {token: f"{token[1:]}x" for token in re.findall(r"#[A-Za-z0-9_]+", text)}
    values = {token: LITERALS.get(token[:2], {"S": "S"}) for token in re.findall(r":[A-Za-z0-9_]+", text)}
    return names, values


class Service:
    """DynamoDB Local, asked for its opinion of a text."""

    def __init__(self, endpoint: str) -> None:
        self.client = boto3.client(
            "dynamodb",
            endpoint_url=endpoint,
            region_name="us-east-1",
            aws_access_key_id="x",
            aws_secret_access_key="x",
            config=Config(parameter_validation=False, retries={"total_max_attempts": 1}),
        )
        tables = self.client.list_tables()["TableNames"]
        if TABLE not in tables:
            self.client.create_table(
                TableName=TABLE,
                KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
                AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
                BillingMode="PAY_PER_REQUEST",
            )

    def refusal(self, kind: Kind, text: str) -> str | None:
        """Why it refuses the text; None when it takes it."""
        names, values = placeholders(text)
        params: dict[str, Any] = {"TableName": TABLE}
        if names:
            params["ExpressionAttributeNames"] = names
        if values and kind != "projection":
            params["ExpressionAttributeValues"] = values
        try:
            if kind == "update":
                # The condition keeps the update from being carried out: only the text is in question.
                params |= {"UpdateExpression": text, "ConditionExpression": "attribute_exists(pk)"}
                self.client.update_item(Key=KEY, **params)
            elif kind == "projection":
                self.client.get_item(Key=KEY, ProjectionExpression=text, **params)
            elif kind == "filter":
                self.client.scan(FilterExpression=text, **params)
            elif kind == "key condition":
                self.client.query(KeyConditionExpression=text, **params)
            else:
                self.client.delete_item(Key=KEY, ConditionExpression=text, **params)
        except ClientError as error:
            told: Any = error.response["Error"]  # pyright: ignore[reportTypedDictNotRequiredAccess]
            message: str = told["Message"]
            if told["Code"] == "ConditionalCheckFailedException":
                return None
            return message.removeprefix("1 validation error detected: ")
        return None


@pytest.fixture(scope="module")
def service(dynamodb_local_endpoint: str) -> Iterator[Service]:
    """One client for all texts."""
    service = Service(dynamodb_local_endpoint)
    yield service
    service.client.close()


class Writer:
    """Writes texts as people do: odd case and spaces, bare names, any order of operands, some parentheses."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng

    def gap(self, text: str) -> str:
        """The text, with white space before it."""
        return self.rng.choice(["", " ", " ", " ", "  ", "\t", "\n", "\r\n "]) + text

    def word(self, word: str) -> str:
        """A keyword in some case, set apart."""
        case: Callable[[str], str] = self.rng.choice([str.upper, str.upper, str.lower, str.capitalize])
        return f" {case(word)} "

    def step(self) -> str:
        """One step of a path."""
        return self.rng.choice(["a", "b1", "Status_2", "#a", "#2", "#_x", "andy", "inn", "oR1", "Zz9", "setx", "notb"])

    def path(self) -> str:
        """A path; now and then a long one, or one with a reserved word in it."""
        text = self.step()
        while self.rng.random() < 0.3:
            index = self.rng.choice(["0", "1", "17", "2147483647"])
            text += self.rng.choice(
                [f".{self.step()}", f".{self.step()}", f"[{index}]", f" [ {index} ]", f" . {self.step()}"]
            )
        if self.rng.random() < 0.02:
            text += self.rng.choice([".name", ".Size", ".#size", "[2147483648]", ".b" * 31, ".b" * 33, ".c[0]" * 16])
        return text

    def operand(self, *, depth: int = 2) -> str:
        """An operand of a condition."""
        kind = self.rng.random()
        if kind < 0.45:
            text = self.path()
        elif kind < 0.9 or not depth:
            text = self.rng.choice([":v", ":w1", ":V_2"])
        else:
            text = f"size({self.gap(self.operand(depth=depth - 1))})"
        return f"({self.gap(text)})" if self.rng.random() < 0.06 else text

    def condition(self, depth: int = 3) -> str:
        """A condition."""
        rng = self.rng
        kind = rng.random()
        if depth and kind < 0.45:
            joined = self.word(rng.choice(["and", "or"])).join(
                self.condition(depth - 1) for _ in range(rng.randint(2, 3))
            )
            return f"({joined}{self.gap(')')}" if rng.random() < 0.5 else joined
        if depth and kind < 0.55:
            return self.word("not").lstrip() + self.condition(depth - 1)
        if depth and kind < 0.6:
            return f"({self.condition(depth - 1)})"
        if kind < 0.75:
            return self.operand() + self.gap(rng.choice(["=", "<>", "<", "<=", ">", ">="])) + self.gap(self.operand())
        if kind < 0.82:
            bounds = self.word("and").join([self.operand(), self.operand()])
            return f"{self.operand()}{self.word('between')}{bounds}"
        if kind < 0.9:
            options = ",".join(self.gap(self.operand()) for _ in range(rng.randint(1, 4)))
            return f"{self.operand()}{self.word('in')}{self.gap('(')}{options})"
        name = rng.choice(["attribute_exists", "attribute_not_exists", "attribute_type", "begins_with", "contains"])
        first = self.path() if rng.random() < 0.9 else self.operand()
        second = "" if "exists" in name else f",{self.gap(rng.choice([':v', ':w', self.operand()]))}"
        return f"{name}{rng.choice(['', '', ' '])}({first}{second})"

    def value(self, depth: int = 2, literal: str = ":n") -> str:
        """A value of SET, without arithmetic."""
        kind = self.rng.random()
        if depth and kind < 0.3:
            text = f"if_not_exists({self.path()},{self.gap(self.value(depth - 1, literal))})"
        elif depth and kind < 0.33:
            text = f"list_append({self.value(depth - 1, ':l')},{self.value(depth - 1, ':l')})"
        else:
            text = self.path() if kind < 0.7 else literal + self.rng.choice(["", "1", "_A"])
        return f"({text})" if self.rng.random() < 0.05 else text

    def assignment(self) -> str:
        """An action of SET."""
        kind = self.rng.random()
        if kind < 0.2:
            text = f"list_append{self.gap('(')}{self.value(1, ':l')},{self.gap(self.value(1, ':l'))})"
        elif kind < 0.6:
            text = self.value() + self.gap(self.rng.choice("+-")) + self.gap(self.value(1))
        else:
            text = self.value()
        if self.rng.random() < 0.1:
            text = f"({text})"
        return f"{self.path()}{self.gap('=')}{self.gap(text)}"

    def update(self) -> str:
        """An update."""
        rng = self.rng
        makers: dict[str, Callable[[], str]] = {
            "set": self.assignment,
            "remove": self.path,
            "add": lambda: f"{self.path()} {rng.choice([':n', ':n2'])}",
            "delete": lambda: f"{self.path()} :s",
        }
        words = rng.sample(sorted(makers), rng.randint(1, 4))
        if rng.random() < 0.05:
            words.append(rng.choice(words))
        clauses = [
            self.word(word) + ",".join(self.gap(makers[word]()) for _ in range(rng.randint(1, 3))) for word in words
        ]
        return "".join(clauses)

    def projection(self) -> str:
        """A projection."""
        return ",".join(self.gap(self.path()) for _ in range(self.rng.randint(1, 4)))

    def mutated(self, text: str) -> str:
        """The text with a word or a character added, lost, doubled, exchanged or put in parentheses."""
        rng = self.rng
        words = re.findall(r"[#:]?\w+|<>|<=|>=|\s+|.", text, re.DOTALL)
        at = rng.randrange(len(words))
        kind = rng.randrange(7)
        if kind == 0:
            del words[at]
        elif kind == 1:
            words.insert(at, words[at])
        elif kind == 2:
            other = rng.randrange(len(words))
            words[at], words[other] = words[other], words[at]
        elif kind == 3:
            end = rng.randint(at, min(len(words) - 1, at + 6))
            words[at : end + 1] = ["(", *words[at : end + 1], ")"]
        elif kind == 4:
            pieces = [
                "(",
                ")",
                "((",
                "))",
                ",",
                ".",
                "=",
                "[",
                "]",
                "[0]",
                "+",
                "-",
                "AND",
                " and ",
                "Or",
                " not ",
                "IN",
                "name",
            ]
            pieces += [
                "BETWEEN",
                " set ",
                "REMOVE ",
                ":v",
                "#a",
                "size(",
                "contains(a,",
                "foo(a)",
                "_",
                "'",
                "é",
                "0",
                "007",
                "!",
            ]
            words.insert(at, rng.choice(pieces))
        elif kind == 5:
            words[at] = rng.choice([words[at].upper(), words[at].lower(), words[at][:-1], words[at] + " "])
        else:
            place = rng.randrange(len(text) + 1)
            return text[:place] + rng.choice("()=<>,.[]:# -_09aZ\t'\"é\x0b\u2028") + text[place + rng.randint(0, 1) :]
        return "".join(words)


def text_of(kind: Kind, rng: random.Random) -> str:
    """A text of a kind, spoilt or not."""
    writer = Writer(rng)
    makers = {"update": writer.update, "projection": writer.projection}
    text = makers.get(kind, writer.condition)()
    for _ in range(rng.choice([0, 0, 0, 1, 1, 1, 2, 4])):
        text = writer.mutated(text) if text else text
    return text


def refusal(kind: Kind, text: str) -> str | None:
    """Why dynexpr refuses the text, or what it means; None when it takes it."""
    try:
        node = shape(kind, text).bind(*placeholders(text))
        if isinstance(node, Update):
            check_update(node)
        elif isinstance(node, Projection):
            check_projection(node)
        elif isinstance(node, Condition):
            check_condition(node, "filter" if kind == "filter" else "condition")
    except ArgumentError as error:
        return str(getattr(error, "reason", error))
    return None


@pytest.mark.engine
@pytest.mark.parametrize("kind", ["condition", "filter", "update", "projection"])
def test_accepted_and_refused_as_the_service_does(kind: Kind, service: Service) -> None:
    """Whatever the text, dynexpr takes it exactly when DynamoDB Local does."""

    @settings(settings(), max_examples=10 * settings().max_examples)
    @given(st.integers(0, 2**64))
    def check(seed: int) -> None:
        text = text_of(kind, random.Random(seed))
        if not BARE_WORDS.search(text):
            theirs, ours = service.refusal(kind, text), refusal(kind, text)
            assert (ours is None) == (theirs is None), f"{text!r}: dynexpr says {ours}, DynamoDB Local {theirs}"

    check()


@pytest.mark.engine
@pytest.mark.parametrize(("kind", "text", "reason"), [(row[0], row[1], row[-1]) for row in REFUSED])
def test_refused_in_the_same_words(kind: Kind, text: str, reason: str, service: Service) -> None:
    """What the tables of bad input say of the service is what DynamoDB Local says."""
    assert service.refusal(kind, text) == f"Invalid {PARAMETERS[kind]}: {reason}"


@pytest.mark.engine
@pytest.mark.parametrize(("kind", "text", "reason"), [row[:3] for row in TOO_LARGE if row[1].isascii()])
def test_limits_in_the_same_words(kind: Kind, text: str, reason: str, service: Service) -> None:
    """So is what they say of limits."""
    assert service.refusal(kind, text) == f"Invalid {PARAMETERS[kind]}: {reason}"


@pytest.mark.engine
@pytest.mark.parametrize(
    ("kind", "text"), [*(("condition", row[0]) for row in CONDITIONS), *(("update", row[0]) for row in UPDATES)]
)
def test_accepted_texts(kind: Kind, text: str, service: Service) -> None:
    """What the tables read is taken there too, whatever it may then say of types."""
    theirs = service.refusal(kind, text)
    assert theirs is None or "Incorrect operand type" in theirs or "must be distinct" in theirs
