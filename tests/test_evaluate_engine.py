"""Do holds, apply_update, project and the checks agree with Amazon's own engine, errors included?"""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import product
from typing import Any, Final

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings, strategies as st

from dynexpr.compile.checks import check_condition, check_projection, check_update
from dynexpr.compile.placeholders import Placeholders
from dynexpr.compile.render import render
from dynexpr.compile.shape import in_clauses
from dynexpr.errors import ExpressionError, UpdateRefused
from dynexpr.expression import operators as ops
from dynexpr.expression.apply import apply_update, project, updated_attributes
from dynexpr.expression.evaluate import equal, holds, resolve
from dynexpr.expression.nodes import (
    Action,
    Arithmetic,
    Between,
    Call,
    Compare,
    Condition,
    In,
    Node,
    OperandNode,
    Path,
    Projection,
    Test,
    Update,
    Value,
    literal,
)
from dynexpr.expression.operators import Op
from dynexpr.expression.walk import walk
from dynexpr.wire import Item
from tests import strategies
