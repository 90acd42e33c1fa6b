"""Which table or index serves a read, and why?  Pure: a statement and its table in, a plan out.

`paths` has what there is to read, `alternatives` and `ranges` what conditions say of key attributes, `fit` how one
path would serve a statement, `choose` which one is taken, `refuse` what a ScanRequired says, `explain` what a person is
told.
"""

from dynexpr.plan.choose import plan
from dynexpr.plan.explain import Explanation, explain
from dynexpr.plan.made import Plan

__all__ = ["Explanation", "Plan", "explain", "plan"]
