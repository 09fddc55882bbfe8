"""Arithmetic in a large field, in which equalities of formulas are tried at random points.

An element is a whole number below `PRIME`, or a pair (x, y) for x + y*i with i*i = -1: as PRIME % 4 is 3, every number has
a square root there.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from math import isqrt

try:  # what hashlib takes it from: hashlib itself loads OpenSSL, a tenth of what starting Python takes
    from _blake2 import blake2b
except ImportError:
    from hashlib import blake2b

PRIME = (1 << 61) - 1

Element = int | tuple[int, int]


def _parts(x: Element) -> tuple[int, int]:
    return (x, 0) if isinstance(x, int) else x


def _made(x: int, y: int) -> Element:
    return (x % PRIME, y % PRIME) if y % PRIME else x % PRIME


def add(a: Element, b: Element) -> Element:
    if isinstance(a, int) and isinstance(b, int):
        return (a + b) % PRIME
    (x, y), (u, v) = _parts(a), _parts(b)
    return _made(x + u, y + v)


def subtract(a: Element, b: Element) -> Element:
    if isinstance(a, int) and isinstance(b, int):
        return (a - b) % PRIME
    (x, y), (u, v) = _parts(a), _parts(b)
    return _made(x - u, y - v)


def multiply(a: Element, b: Element) -> Element:
    if isinstance(a, int) and isinstance(b, int):
        return a * b % PRIME
    (x, y), (u, v) = _parts(a), _parts(b)
    return _made(x * u - y * v, x * v + y * u)


def square(a: Element) -> Element:
    return multiply(a, a)


def inverse(a: Element) -> Element:
    """1 / a; 0 of 0."""
    if isinstance(a, int):
        return pow(a, PRIME - 2, PRIME) if a != 1 else 1
    x, y = a
    k = pow(x * x + y * y, PRIME - 2, PRIME)
    return _made(x * k, -y * k)


def root(a: Element) -> Element:
    """A square root, the same one whenever it is asked for."""
    if not isinstance(a, int):
        return random(f"root|{a}", 0)  # of what no formula asks for: still one fixed function of its argument
    x = pow(a, (PRIME + 1) // 4, PRIME)
    return x if x * x % PRIME == a else _made(0, pow(PRIME - a, (PRIME + 1) // 4, PRIME))


def quotient(x: int, y: int) -> int:
    """x / y of whole numbers; 0 where y is 0."""
    return x * pow(y, PRIME - 2, PRIME) % PRIME if y != 1 else x % PRIME


def fraction(x: Fraction) -> int:
    return quotient(x.numerator, x.denominator)


def exact_root(x: Fraction) -> Fraction | None:
    """The root of the square of a fraction."""
    if x < 0:
        return None
    found = Fraction(isqrt(x.numerator), isqrt(x.denominator))
    return found if found * found == x else None


@lru_cache(4096)
def random(key: str, point: int) -> int:
    digest = blake2b(f"{point}|{key}".encode(), digest_size=16).digest()
    return int.from_bytes(digest, "big") % PRIME
