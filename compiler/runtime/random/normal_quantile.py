"""Normal numbers between two ends, as quantiles of uniform words: the same bits on every device, as `philox` says.

The quantile is algorithm AS 241 (Wichura, "The percentage points of the normal distribution", 1988), to 1e-15 of its size.
"""

from __future__ import annotations

from decimal import Decimal, localcontext
from functools import lru_cache

import numpy as np
import torch

from .philox import Array, logarithm, polynomial

FAR = 8.5
"""Standard deviations beyond which nothing is drawn."""


def quantile_between(words: Array, low: float, high: float) -> Array:
    """Standard normals in [low, high] in float64, from 32-bit words."""
    if low > 0:  # shares of the lower tail are told apart more finely
        return -quantile_between(words, -high, -low)
    of = np if isinstance(words, np.ndarray) else torch
    first, last = share_below(low), share_below(high)
    u = of.asarray(words, dtype=of.float64)
    u = (u + 0.5) * 2.0**-32
    return of.clip(_quantile(first + (last - first) * u), low, high)


@lru_cache(maxsize=256)
def share_below(z: float) -> float:
    """The share of standard normals below `z`, rounded correctly from decimal arithmetic, which no machine's library of
    functions enters.

    1/2 + density(z) * (z + z^3/3 + z^5/(3*5) + ...), Marsaglia, "Evaluating the normal distribution" (2004).
    """
    if abs(z) > FAR:
        return 0.0 if z < 0 else 1.0
    with localcontext() as context:
        context.prec = 60
        x, term, total, k = Decimal(z), Decimal(z), Decimal(z), 1
        while abs(term) > Decimal(10) ** -50:
            k += 2
            term *= x * x / k
            total += term
        return float(Decimal(1) / 2 + total * (-x * x / 2).exp() / (2 * _PI).sqrt())


_PI = Decimal("3.14159265358979323846264338327950288419716939937510582097494459")


def _quantile(p: Array) -> Array:
    """The number below which a share of the standard normals lies, of float64 shares in (0, 1)."""
    of = np if isinstance(p, np.ndarray) else torch
    q = p - 0.5
    r = 0.180625 - q * q
    middle = polynomial(r, _MIDDLE[0], of) * q / polynomial(r, _MIDDLE[1], of)
    tail = of.where(q < 0, p, 1.0 - p)
    tail = of.sqrt(-logarithm(of.clip(tail, 1e-300, 0.5), of))
    near, far = tail - 1.6, tail - 5.0
    outer = of.where(
        tail <= 5.0,
        polynomial(near, _NEAR[0], of) / polynomial(near, _NEAR[1], of),
        polynomial(far, _FAR[0], of) / polynomial(far, _FAR[1], of),
    )
    return of.where(abs(q) <= 0.425, middle, of.where(q < 0, -outer, outer))


# coefficients from the constant term upwards, of numerators and denominators
_MIDDLE = (
    (
        3.3871328727963666080,
        133.14166789178437745,
        1971.5909503065514427,
        13731.693765509461125,
        45921.953931549871457,
        67265.770927008700853,
        33430.575583588128105,
        2509.0809287301226727,
    ),
    (
        1.0,
        42.313330701600911252,
        687.18700749205790830,
        5394.1960214247511077,
        21213.794301586595867,
        39307.895800092710610,
        28729.085735721942674,
        5226.4952788528545610,
    ),
)
_NEAR = (
    (
        1.42343711074968357734,
        4.63033784615654529590,
        5.76949722146069140550,
        3.64784832476320460504,
        1.27045825245236838258,
        2.41780725177450611770e-1,
        2.27238449892691845833e-2,
        7.74545014278341407640e-4,
    ),
    (
        1.0,
        2.05319162663775882187,
        1.67638483018380384940,
        6.89767334985100004550e-1,
        1.48103976427480074590e-1,
        1.51986665636164571966e-2,
        5.47593808499534494600e-4,
        1.05075007164441684324e-9,
    ),
)
_FAR = (
    (
        6.65790464350110377720,
        5.46378491116411436990,
        1.78482653991729133580,
        2.96560571828504891230e-1,
        2.65321895265761230930e-2,
        1.24266094738807843860e-3,
        2.71155556874348757815e-5,
        2.01033439929228813265e-7,
    ),
    (
        1.0,
        5.99832206555887937690e-1,
        1.36929880922735805310e-1,
        1.48753612908506148525e-2,
        7.86869131145613259100e-4,
        1.84631831751005468180e-5,
        1.42151175831644588870e-7,
        2.04426310338993978564e-15,
    ),
)
