"""From nodes to what DynamoDB is told: expression text, a name map and a value map.

>>> from dynexpr import attr
>>> ((attr("amount") > 1000) & attr("info.tags[0]").begins_with("vip")).compile().expression
'#n0 > :v0 AND begins_with(#n1.#n2[0], :v1)'
"""

from dynexpr.compile.compiled import Compiled, compile_condition, compile_projection, compile_update
from dynexpr.compile.expressions import Expressions, compile_expressions

__all__ = [
    "Compiled",
    "Expressions",
    "compile_condition",
    "compile_expressions",
    "compile_projection",
    "compile_update",
]
