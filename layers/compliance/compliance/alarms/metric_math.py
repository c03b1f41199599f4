"""CloudWatch metric math, as far as alarms on rates and sums need it: evaluated on sample values.

An alarm is matched by what its expression computes, not by how it is written: whoever wants to know
whether an expression is 100 x errors / requests evaluates it on a few samples and looks.
Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable, Mapping
from statistics import fmean

__all__ = ["NotUnderstood", "compute"]

_LONGEST = 4096

Value = float | list[float]


class NotUnderstood(Exception):  # noqa: N818 -- a finding about the alarm, not a failure of ours
    """The expression uses something whose value on samples cannot be told (SEARCH, a band ...)."""


_OPERATORS: dict[type, Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: math.pow,
}
_COMPARISONS: dict[type, Callable[[float, float], bool]] = {
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_FOLDS: dict[str, Callable[[list[float]], float]] = {
    "SUM": sum,
    "MAX": max,
    "MIN": min,
    "AVG": fmean,
}
# Whether written with words or with signs, these mean the same to CloudWatch.
_SPELLINGS = (
    (re.compile(r"\^"), "**"),
    (re.compile(r"&&|\bAND\b"), " and "),
    (re.compile(r"\|\||\bOR\b"), " or "),
)


def compute(watched: str, expressions: Mapping[str, str], metrics: Mapping[str, float]) -> float:
    """The value of the query `watched` when each metric has the value given.

    `expressions` and `metrics` are by query id. Raises NotUnderstood.
    """
    value = _Queries(expressions, metrics).value(watched)
    if isinstance(value, list):
        raise NotUnderstood(watched)
    return value


class _Queries:
    """The queries of one alarm, each computed at most once, and never by way of itself."""

    def __init__(self, expressions: Mapping[str, str], metrics: Mapping[str, float]) -> None:
        self._expressions = expressions
        self._metrics = metrics
        self._known: dict[str, Value] = dict(metrics)
        self._begun: set[str] = set()

    def value(self, name: str) -> Value:
        if name not in self._known:
            self._known[name] = self._computed(name)
        return self._known[name]

    def _computed(self, name: str) -> Value:
        text = self._expressions.get(name, "")
        if not text or name in self._begun or len(text) > _LONGEST:
            raise NotUnderstood(name)
        self._begun.add(name)
        for pattern, spelling in _SPELLINGS:
            text = pattern.sub(spelling, text)
        try:
            return self._node(ast.parse(text.strip(), mode="eval").body)
        except (SyntaxError, ArithmeticError, ValueError, RecursionError, MemoryError) as error:
            raise NotUnderstood(name) from error

    def _node(self, node: ast.expr) -> Value:  # noqa: PLR0911 -- a way out for each form of the grammar
        match node:
            case ast.Constant(value=int() | float() as constant):
                return float(constant)
            case ast.Name(id=name):
                return self.value(name)
            case ast.List(elts=elements):
                return [self._number(element) for element in elements]
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return -self._number(operand)
            case ast.BinOp(left=left, op=sign, right=right) if type(sign) in _OPERATORS:
                return _OPERATORS[type(sign)](self._number(left), self._number(right))
            case ast.Compare(left=left, ops=[sign], comparators=[right]) if (
                type(sign) in _COMPARISONS
            ):
                return float(_COMPARISONS[type(sign)](self._number(left), self._number(right)))
            case ast.BoolOp(op=sign, values=values):
                operands = [self._number(each) for each in values]
                return float(all(operands) if isinstance(sign, ast.And) else any(operands))
            case ast.Call(func=ast.Name(id=function), args=arguments, keywords=[]):
                return _call(function, [self._node(each) for each in arguments], self._metrics)
        raise NotUnderstood(type(node).__name__)

    def _number(self, node: ast.expr) -> float:
        result = self._node(node)
        if isinstance(result, list):
            raise NotUnderstood(type(node).__name__)
        return result


def _call(  # noqa: PLR0911 -- one way out for each function
    function: str, arguments: list[Value], metrics: Mapping[str, float]
) -> Value:
    match function, arguments:
        case "IF", [float(condition), then, otherwise]:
            return then if condition else otherwise
        case "IF", [float(condition), then]:
            return then if condition else 0.0
        case "FILL", [series, _]:
            return series
        case "ABS", [float(number)]:
            return abs(number)
        case "METRICS", []:
            return list(metrics.values())
        case name, [list(series)] if name in _FOLDS and series:
            return float(_FOLDS[name](series))
        case name, [float(number)] if name in _FOLDS:
            return number
    raise NotUnderstood(function)
