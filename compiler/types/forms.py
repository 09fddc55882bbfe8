"""Latents as linear forms over sources: which data, which draws and which estimates a latent is made of, and how much.

A form says more than the pair (a, b) of its quantity, which is its projection: a is the sum over the clean sources, and b
the size of the noise, in which independent draws add as their squares do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from ..base import limits
from ..base.frozen import field, struct
from ..base.source import Span
from . import points
from .coefficients import ONE, ZERO, Coef, Time, TooComplex, square_root

Key = frozenset[tuple[int, tuple[str, ...]]]
"""Equal for equal forms."""


@struct
class Call:
    """The call of a network that an estimate comes from.

    `records` number the conditions it was given, `graphs` are the family's graphs that made them, `role` is the name of
    the role, `average` tells its moving average, `time` is when it was asked, `until` another time that it was given, `fed`
    what it was fed. `landed` is how much noise is left where it leads, if it goes from one time to another.
    """

    role: str
    average: bool
    time: Time | None
    records: tuple[int, ...]
    graphs: frozenset[str]
    fed: Key
    fed_noise: Mapping[Source, Coef] = field(compare=False, default_factory=dict)
    landed: Coef | None = field(compare=False, default=None)
    until: Time | None = None


@struct(eq=False)
class Source:
    """What latents are made of.

    `kind` is "datum" (clean data of the batch), "draw" (noise that is drawn or stored), "estimate" (the clean latents
    that a network sees in its input), "carried" (what a loop gives: its clean part and its noise), "opaque" (the same of a
    step or a claim that the algebra does not follow), "landing" (the noise of where a prediction from one time to another
    leads), "declared" (noise that a program adds on purpose, and that does not count), "scaling" (what guidance that is
    projected or rescaled adds to plain guidance, which does not count either), "row" (what the fields of a stored row have
    in common), "condition" (what the fields of a record and the calls that are given it have in common), or "unknown" (of
    what has no type after an error). `ancestors` are the numbers of all that it descends from, its own
    included. `place` is where it comes about, `name` what the user calls it.
    """

    number: int
    kind: str
    clean: bool
    ancestors: frozenset[int]
    place: Span
    name: str = ""
    call: Call | None = None

    @property
    def counts(self) -> bool:
        """Whether it is a part of the mix, not something that a program adds on purpose."""
        return self.kind not in ("declared", "scaling")

    @property
    def raw(self) -> bool:
        """Data or noise as it came, not what a network or a loop made of it."""
        return self.kind in ("datum", "draw")


@struct
class Live:
    """The share of a source through which gradient flows, and the roles whose parameters it reaches."""

    share: Coef
    roles: frozenset[str]


Route = tuple[Source, object]
"""A source, and the way by which gradient comes to it: equal calls on equal inputs have one way."""


@struct(eq=False)
class Form:
    """`shares` of the sources; `live`, the part of them that carries gradient; `scalars`, the roles into which a number
    computed at run time carries gradient."""

    shares: Mapping[Source, Coef] = field(default_factory=dict)
    live: Mapping[Route, Live] = field(default_factory=dict)
    scalars: frozenset[str] = frozenset()

    def __add__(self, other: Form) -> Form:
        return self._joined(other, 1)

    def __sub__(self, other: Form) -> Form:
        return self._joined(other, -1)

    def _joined(self, other: Form, sign: int) -> Form:
        if self is other and sign < 0:
            return Form()
        shares = dict(self.shares)
        for source, k in other.shares.items():
            _keep(shares, source, shares.get(source, ZERO) + (k if sign > 0 else -k))
        live = dict(self.live)
        for route, there in other.live.items():
            share = there.share if sign > 0 else -there.share
            here = live.get(route)
            joined = Live(share if here is None else here.share + share, there.roles)
            if joined.share.constant == 0:
                live.pop(route, None)
            else:
                live[route] = joined
        if len(shares) > limits.SOURCES:
            raise TooComplex
        return Form(shares, live, self.scalars | other.scalars)

    def scaled(self, k: Coef, scalars: frozenset[str] = frozenset()) -> Form:
        """The form times a number, which carries gradient into `scalars`."""
        if k.constant == 0:
            return Form()
        if k.constant == 1 and not scalars:
            return self
        shares = {s: c * k for s, c in self.shares.items()}
        live = {r: Live(found.share * k, found.roles) for r, found in self.live.items()}
        return Form(shares, live, self.scalars | scalars)

    @cached_property
    def stopped(self) -> Form:
        """The same value without gradient."""
        return Form(self.shares) if self.live or self.scalars else self

    @cached_property
    def remaining(self) -> Mapping[Source, Coef]:
        """The sources that have not cancelled."""
        return {s: c for s, c in self.shares.items() if not c.is_zero}

    @cached_property
    def clean(self) -> Coef:
        """How much clean data it is."""
        return total(c for s, c in self.shares.items() if s.clean)

    @cached_property
    def noise(self) -> Mapping[Source, Coef]:
        """Its noises with their shares."""
        noises = {s: c for s, c in self.shares.items() if not s.clean and s.counts}
        return noises if len(noises) < 2 else {s: c for s, c in noises.items() if not c.is_zero}

    @cached_property
    def noise_size(self) -> Coef:
        """The size of its noise, negative where all shares are: of independent noises the squares add up."""
        shares = list(self.noise.values())
        if len(shares) < 2:
            return shares[0] if shares else ZERO
        size = square_root(total(c * c for c in shares))
        return -size if all(c.sign == -1 for c in shares) else size

    @cached_property
    def dependent(self) -> tuple[Source, Source] | None:
        """Two of its noises of which one descends from what the other does: the size of their sum is not known."""
        by_ancestor: dict[int, Source] = {}
        for noise in self.noise:
            for n in noise.ancestors:
                if n in by_ancestor:
                    return by_ancestor[n], noise
            by_ancestor.update(dict.fromkeys(noise.ancestors, noise))
        return None

    @cached_property
    def is_way(self) -> bool:
        """Whether its noise is that of a way: of where a call leads, and of its input in the opposite share, or of the input
        of a call that led to that. Then both are one noise, which adds as numbers do."""
        landing = next((s for s in self.noise if s.kind == "landing"), None)
        call = landing.call if landing is not None else None
        if landing is None or call is None or call.landed is None:
            return False
        times = self.noise[landing] / call.landed
        others = {s: c for s, c in self.noise.items() if s is not landing}
        for fed in _before(call):
            if others.keys() == fed.keys():
                return all((c + times * fed[s]).is_zero for s, c in others.items())
        return False

    @cached_property
    def known(self) -> bool:
        """Whether no part of it is left open by an error elsewhere."""
        return all(s.kind != "unknown" for s in self.shares)

    @cached_property
    def mirrored(self) -> bool:
        """Whether a noise stands in it with the other sign than in what an estimate of the same form was fed."""
        for noise, share in self.noise.items():
            if not noise.raw and share.sign == -1:
                return True
            for source, own in self.shares.items():
                fed = source.call.fed_noise.get(noise) if source.call is not None else None
                if fed is not None and (share / fed).sign == -1 and not own.is_zero:
                    return True
        return False

    @cached_property
    def key(self) -> Key:
        return frozenset((s.number, points.fingerprint(c.points[:3])) for s, c in self.remaining.items())

    @cached_property
    def route(self) -> object:
        """By which way gradient comes to it: equal for equal ways."""
        return frozenset(
            (s.number, way, points.fingerprint(v.share.points[:3])) for (s, way), v in self.live.items()
        )

    @cached_property
    def roles(self) -> frozenset[str]:
        """The roles whose parameters some of its gradient reaches."""
        return frozenset[str]().union(*(v.roles for v in self.live.values()))

    @cached_property
    def roles_left(self) -> frozenset[str]:
        """The roles that gradient reaches through what has not cancelled."""
        left = (v.roles for v in self.live.values() if not v.share.is_zero)
        return frozenset[str]().union(*left)

    def into(self, roles: Iterable[str]) -> Mapping[Route, Coef]:
        """The shares through which gradient reaches one of these roles, as far as they have not cancelled."""
        wanted = frozenset(roles)
        found = ((r, v) for r, v in self.live.items() if v.roles & wanted)
        return {r: v.share for r, v in found if not v.share.is_zero}

    @cached_property
    def ancestors(self) -> frozenset[int]:
        return frozenset[int]().union(*(s.ancestors for s in self.shares))


def _before(call: Call) -> Iterator[Mapping[Source, Coef]]:
    """The noise that a call was fed, and where that is where another call leads, what that one was fed, and so on."""
    there: Call | None = call
    while there is not None:
        fed = {s: c for s, c in there.fed_noise.items() if not c.is_zero}
        yield fed
        ((source, share), *others) = fed.items() or [(None, ZERO)]
        there = source.call if source is not None and source.kind == "landing" and not others else None
        if there is not None and (there.landed is None or there.landed != share):
            return


def _keep(shares: dict[Source, Coef], source: Source, share: Coef) -> None:
    if share.constant == 0:
        shares.pop(source, None)
    else:
        shares[source] = share


def total(shares: Iterable[Coef]) -> Coef:
    found = ZERO
    for c in shares:
        found = found + c
    return found


def of_source(source: Source, share: Coef = ONE) -> Form:
    return Form({source: share})


def calls(form: Form) -> Iterator[tuple[Source, Call]]:
    """The estimates in a form that have not cancelled, with their calls."""
    return ((s, s.call) for s in form.remaining if s.call is not None)
