"""Whether a latent fits where it stands, and if not, which mistake it is: another space, sign, time, process or quantity."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from ....base import limits
from ....base.diagnostics import Fix, Label
from ....base.frozen import struct
from ....base.source import Span
from ....program.ops import ROLE
from ....program.process import sigma_of_level
from ....program.values import Value
from ....types.coefficients import KINDS, Time, read
from ....types.describe import KNOWN, NOISY_AT, describe, difference, mix
from ....types.quantity import CLEAN, NOISE, Quantity
from ....types.time_names import TimeNames
from ....types.types import ANY_SPACE, Latent, Space
from ..context import Context
from ..session import Session
from ..term import Term
from .larger_noise import perturbed

ITS_TIME, ITS_FIRST_TIME = WORDS = "its own time", "its first time"
"""Names of times for which the program has no short ones."""


@struct
class Expected:
    """A latent that a place asks for: `subject` names the place (`student.x0`), `because` is a label that explains it,
    `role` is the role that asks, `top` the top level of its process."""

    space: Space
    quantity: Quantity | None
    subject: str
    time: Time | None = None
    time_name: str = ""
    kind: str = "flow"
    because: Label | None = None
    role: str = ""
    top: Fraction | None = None

    @property
    def at(self) -> str:
        """The time in a message: as it is written, in backticks, or in words."""
        return f"`{self.time_name}`" if self.time_name not in WORDS else self.time_name


def spaces_fit(found: Space, wanted: Space) -> bool:
    """Nominal: the same declaration, at the same sizes. Dims follow from the declaration and the program's sizes."""
    if found.factors or wanted.factors:
        return len(found.factors) == len(wanted.factors) and all(
            spaces_fit(a, b) for (_, a), (_, b) in zip(found.factors, wanted.factors)
        )
    return same_key(found, wanted) and (found.sizes == wanted.sizes or found.dims == wanted.dims)


def same_key(a: Space, b: Space) -> bool:
    """One declaration, whatever the sizes."""
    if a.factors or b.factors:
        return len(a.factors) == len(b.factors) and all(
            same_key(x, y) for (_, x), (_, y) in zip(a.factors, b.factors)
        )
    return a.key == b.key or ANY_SPACE in (a.key, b.key)


DROWNED = Fraction(10, 11)
"""The noise level at which an exploding process has sigma 10. Samplers start such processes, whose alpha is 1 all
along, from sigma*eps at 80 (Karras et al., 2022) or, for latents of SDXL, at 14.6."""


def is_noisy_at(q: Quantity, kind: str, time: Time, top: Fraction | None = None) -> bool:
    """Whether `q` is what a network is fed at `time`. From the top level on, pure noise counts, and of an exploding
    process, in which the data has drowned there, sigma times noise."""
    alpha, sigma = read("alpha", kind, time), read("sigma", kind, time)
    if q == Quantity(alpha, sigma):
        return True
    if time.kind != "level" or time.value is None or not q.a.is_zero:
        return False
    if time.value < (top if top is not None else top_of(kind)):
        return False
    plain = kind != "edm" or time.value == 1
    return q.b == sigma or (plain and q == NOISE)


def top_of(kind: str) -> Fraction:
    """The top level of a process that states none."""
    return DROWNED if kind == "edm" else Fraction(1)


def is_mix(session: Session, v: Value, q: Quantity, wanted: Quantity) -> bool:
    """Whether a latent of quantity `q` is this mix. A noise may stand with either sign, but with the one sign throughout."""
    if q.a != wanted.a:
        return False
    turned = q.b != wanted.b
    if turned and q.b != -wanted.b:
        return False
    form = session.form(v)
    if form is None or not form.known:
        return not turned
    return not form.mirrored and (not turned or all(s.raw for s in form.noise))


def require(term: Term, wanted: Expected, session: Session, context: Context) -> bool:
    """Report how `term` misses `wanted`; True if it fits (or is unknown after an earlier error)."""
    if term.unknown:
        return True
    labels = (wanted.because,) if wanted.because else ()
    if not isinstance(term.type, Latent):
        if session.refused(term.value, "latent"):
            return False
        session.bag.error(
            "type-mismatch",
            f"{wanted.subject} wants a latent of `{wanted.space}`, and this is {article(str(term.type))}",
            term.span,
            str(term.type),
            labels=labels,
            help="`clean(batch)` of a role encodes pixels" if str(term.type).startswith("pixels") else "",
        )
        return False
    space, q = term.type.space, term.type.quantity
    if not spaces_fit(space, wanted.space):
        if session.refused(term.value, wanted.space.key):
            return False
        if same_key(space, wanted.space):
            session.bag.error(
                "dim-mismatch",
                f"{wanted.subject} wants latents of {space_text(wanted.space, space)} at other sizes than these",
                term.span,
                space_dims(space),
                labels=labels,
                facts=(f"asked for are {space_dims(wanted.space)}",),
                help="a stage of kind `refine` makes latents of another size",
                role=wanted.role,
            )
            return False
        session.bag.error(
            "space-mismatch",
            f"{wanted.subject} wants a latent of space {space_text(wanted.space, space)}, "
            f"and this one is of {space_text(space, wanted.space)}",
            term.span,
            f"a latent of `{space}`",
            labels=labels,
            facts=(
                f"`{wanted.space}` is declared as {space_dims(wanted.space)}",
                f"`{space}` as {space_dims(space)}",
            ),
            help="latents of different codecs mean different things even at equal shapes; "
            "`bridge(x0, to = role)` decodes and encodes again",
            role=wanted.role,
        )
        return False
    if wanted.quantity is None:
        return True
    if q is None:
        if session.refused(term.value, "quantity"):
            return False
        session.bag.error(
            "nonlinear-quantity",
            f"{wanted.subject} wants {_wanted_text(wanted, context.times)}, and a non-linear function of latents is none",
            term.span,
            "no longer a mix of x0 and eps",
            labels=labels,
            help="state what it is with `expr as clean[S]` if a learned map or a jvp makes it so",
            role=wanted.role,
        )
        return False
    if is_mix(session, term.value, q, wanted.quantity):
        return True
    if wanted.time is not None and is_noisy_at(q, wanted.kind, wanted.time, wanted.top):
        return True
    if not session.refused(term.value, wanted.time or wanted.quantity):
        _explain(session, term, q, wanted, context.times, labels)
    return False


def _wanted_text(wanted: Expected, times: TimeNames) -> str:
    assert wanted.quantity is not None
    if wanted.time is not None:
        return f"latents that are noisy at {wanted.at}"
    return describe(wanted.quantity, times, wanted.kind)


def _explain(
    session: Session,
    term: Term,
    q: Quantity,
    wanted: Expected,
    times: TimeNames,
    labels: Sequence[Label],
) -> None:
    assert wanted.quantity is not None
    want = _wanted_text(wanted, times)
    have = describe(q, times, wanted.kind)
    code, help = classify(q, wanted.quantity, times)
    place, note, choice = term.span, have, term.choice
    more = list(labels)
    if wanted.time is not None and q.a.is_zero and not q.b.is_zero and _starts(q, wanted):
        code = "noise-start"
        level = wanted.time.value if wanted.time.kind == "level" else None
        at, note, help = _start(wanted, level)
        message = f"this starts from pure noise, but {wanted.subject} takes it as noisy at {at}"
        if choice is not None and choice != place:
            more.append(Label(place, f"used here: {note}"))
            place, note = choice, "chosen here"
    elif wanted.time is not None and code == "time-mismatch":
        message = f"{wanted.subject} is asked at {wanted.at}, but these latents are {have}"
        help = "give both the same time: noise the latents at the time that the network is told"
        if have not in FAMILIAR and not have.startswith(NOISY_AT):  # a step that lands beside it
            help = difference(q, wanted.quantity, times) or help
    elif code == "process-mismatch":
        message = f"{wanted.subject} wants {want} of its own process, and these are {have}"
    elif code == "sign-mismatch":
        message = f"{wanted.subject} wants {want}, and this is its negative"
    else:
        message = f"{wanted.subject} wants {want}, and this is {have}"
        step = wanted.time is not None and len(q.times()) > 1
        help = help or (difference(q, wanted.quantity, times) if step else "")
        help = help or way_to(wanted.quantity, wanted.time is not None)
    fixes: tuple[Fix, ...] = ()
    noises = noises_of(session, term)
    if noises.help and q.a == wanted.quantity.a:
        code, help = noises.code, noises.help
        more += noises.labels
        fixes = noises.fixes
    odd = code == "quantity-mismatch" and wanted.time is not None and have not in FAMILIAR
    facts = (meaning(wanted, times),) if odd else ()
    session.bag.error(
        code, message, place, note, labels=more, facts=facts, help=help, fixes=fixes, role=wanted.role
    )


@struct
class Noises:
    """What is to be said of a latent with several noises: where they come from, and how their sum is mended."""

    labels: tuple[Label, ...] = ()
    help: str = ""
    code: str = "quantity-mismatch"
    fixes: tuple[Fix, ...] = ()


def noises_of(session: Session, term: Term) -> Noises:
    form = session.form(term.value)
    if form is None or not form.noise:
        return Noises()
    way = next((s for s in form.noise if s.kind == "landing"), None)
    if form.dependent is not None and way is not None:
        return Noises(
            (Label(way.place, "leads from one time to another"),),
            "a prediction from `t` to `r` leads to `r` and to no other time: `x + (r.sigma - t.sigma)*u` is noisy there",
        )
    if form.dependent is not None:
        first, second = form.dependent
        labels = (Label(first.place, "one noise"), Label(second.place, "comes from the same draw"))
        return Noises(
            labels,
            "how large the sum of two noises is that depend on each other cannot be told: mix a new draw, or state what "
            "it is with `as noisy[S, t]`",
        )
    if form.mirrored:
        return Noises(
            tuple(Label(s.place, "the noise") for s in form.noise if s.raw),
            "the noise stands here with the other sign than in what the network was asked about: keep one sign",
            "sign-mismatch",
        )
    if len(form.noise) < 2:
        return Noises()
    larger, fixes = perturbed(form, term)
    return Noises(
        tuple(Label(s.place, "one of its noises") for s in form.noise),
        "independent noises add as their squares do: `0.6*a + 0.8*b` is noise, for 0.36 + 0.64 is 1, "
        "and `sqrt(1 - g*g)*a + g*b` is for every g; "
        f"noise that is meant to be larger is `{larger}`",
        fixes=fixes,
    )


def _start(wanted: Expected, level: Fraction | None) -> tuple[str, str, str]:
    """Where pure noise was taken as less: the level as a text, what pure noise is, and the rule."""
    kind, top = wanted.kind, wanted.top if wanted.top is not None else top_of(wanted.kind)
    word = "noise level" if kind == "flow" or top == 1 else "sigma"
    at = f"{word} {sigma_of_level(kind, level):.4g}" if level is not None else wanted.at
    begin = f"{word} {sigma_of_level(kind, top):.4g}"
    if kind != "edm":
        of_flow = " (for a flow with 1000 ticks: `ticks([1000, ...])`)" if top == 1 else ""
        return at, f"pure noise, which is noisy at {begin}", f"begin at {begin}{of_flow}"
    if level is not None and level >= top:
        named = " " not in wanted.time_name
        factor = f"`{wanted.time_name}.sigma`" if named else f"the sigma of {wanted.at}"
        help = f"multiply the noise by {factor}: the process adds that much of it"
        return at, "pure noise, which no process of this kind adds so little of", help
    rule = "an exploding process starts where the data has drowned, from sigma times noise"
    return at, f"noise, which is noisy from {begin} on", f"begin at {begin} or above: {rule}"


FAMILIAR = {text for _, text in KNOWN}
"""Quantities that need no formula beside them."""


def meaning(wanted: Expected, times: TimeNames) -> str:
    """What latents at a time are in the process that asks for them: the formula beside which a slip shows."""
    assert wanted.quantity is not None
    return f"noisy at {wanted.at} is {mix(wanted.quantity, times)}"


def way_to(wanted: Quantity, at_a_time: bool) -> str:
    """How a user comes to a quantity; empty where no one way is the usual one."""
    if at_a_time:
        return "`noisy(x0, eps, t)` of a role adds noise to clean data"
    return {
        CLEAN: "clean data is `clean(batch)` of a role, or what it predicts: `x0(x, t, c)`",
        NOISE: "`eps ~ noise[role]` draws noise",
    }.get(wanted, "")


def _starts(q: Quantity, wanted: Expected) -> bool:
    return wanted.time is not None and (q == NOISE or len(q.b.times()) <= 1)


def classify(found: Quantity, wanted: Quantity, times: TimeNames) -> tuple[str, str]:
    """The code that names the difference best, and a help."""
    if found == wanted.negated() and not found.is_direction:
        return "sign-mismatch", "swap the operands of one difference"
    known = wanted.times() | set(times.named.values())
    if found.size <= limits.EXCHANGED_NODES and len(known) * len(found.times()) <= limits.EXCHANGED_TIMES:
        for old in found.times():
            for new in known - {old}:
                if Quantity(found.a.at(old, new), found.b.at(old, new)) == wanted:
                    return "time-mismatch", "use one time for both"
    for time in found.times() & wanted.times():
        kinds = {k: Quantity(read("alpha", k, time), read("sigma", k, time)) for k in KINDS}
        if found in kinds.values() and wanted in kinds.values():
            help = "`recast(x, t, to = role)` rescales latents where signal-to-noise ratios can be matched"
            return "process-mismatch", help
    return "quantity-mismatch", ""


def compare(
    session: Session, what: str, left: Term, right: Term, context: Context, *, predicted: str = ""
) -> bool:
    """Two latents that must be the same quantity in the same space. `what` begins the message: `this loss compares`;
    `predicted` is the help where a side is what a network predicts."""
    if not isinstance(left.type, Latent) or not isinstance(right.type, Latent):
        return True
    a, b = left.type, right.type
    role = role_of(right) or role_of(left)
    if not spaces_fit(a.space, b.space):
        session.bag.error(
            "space-mismatch",
            f"{what} a latent of {space_text(a.space, b.space)} with one of {space_text(b.space, a.space)}",
            right.span,
            f"a latent of `{b.space}`",
            labels=(Label(left.span, f"a latent of `{a.space}`"),),
            help="latents of different codecs mean different things even at equal shapes",
            role=role,
        )
        return False
    if a.quantity is None or b.quantity is None:
        bad = left if a.quantity is None else right
        session.bag.error(
            "nonlinear-quantity",
            f"{what} quantities, and a non-linear function of latents has none",
            bad.span,
            "no longer a mix of x0 and eps",
            help="such values may feed scalars and weights",
        )
        return False
    if a.quantity == b.quantity or _difference_is_direction(session, left, right):
        return True
    times = context.times
    code, help = classify(b.quantity, a.quantity, times)
    texts = [describe(q, times, session.default_kind) for q in (a.quantity, b.quantity)]
    message = {
        "sign-mismatch": f"{what} {VELOCITY.get(texts[0], texts[0])} with its negative",
        "time-mismatch": f"{what} two values at different times",
    }.get(code, f"{what} {texts[0]} with {texts[1]}")
    fixes: tuple[Fix, ...] = ()
    swapped = swap(right.span) if code == "sign-mismatch" else None
    if swapped:
        help, fixes = "swap the operands", (Fix("swap the operands", right.span, swapped),)
    elif code == "quantity-mismatch" and "predict" in (left.value.op, right.value.op):
        help = predicted or help
    session.bag.error(
        code,
        message,
        right.span,
        texts[1] + _origin(session, right),
        labels=(Label(left.span, texts[0] + _origin(session, left)),),
        help=help,
        fixes=fixes,
        role=role,
    )
    return False


def _difference_is_direction(session: Session, left: Term, right: Term) -> bool:
    """Whether all noise of two latents cancels, and as much clean data: of a noise that stands with the other sign in
    the input as well."""
    a, b = session.form(left.value), session.form(right.value)
    if a is None or b is None:
        return False
    rest = a - b
    return rest.clean.is_zero and all(k.is_zero for k in rest.noise.values())


VELOCITY = {"eps - x0": "a velocity", "x0 - eps": "a velocity"}


def role_of(term: Term) -> str:
    """The role whose network predicts this value; empty if it is made of more than one call."""
    ref = ROLE.find(term.value)
    return ref.name if ref is not None else ""


def _origin(session: Session, term: Term) -> str:
    """Why a network's own prediction is what it is: its family's process says so."""
    family = session.families.get(role_of(term))
    if term.value.op != "predict" or family is None:
        return ""
    said = family.process.settings.get("predict")
    return f", which is what `{family.name}` predicts" + (f" ({said.span})" if said is not None else "")


def swap(span: Span) -> str | None:
    """`x0 - eps` as `eps - x0`, where the text is that simple."""
    parts = span.text.split(" - ")
    return f"{parts[1]} - {parts[0]}" if len(parts) == 2 and all(p.isidentifier() for p in parts) else None


def space_dims(space: Space) -> str:
    if space.factors:
        return " * ".join(str(s) for _, s in space.factors)
    return f"{space.dtype}[{', '.join(map(str, space.dims))}] of {space.key.rsplit('/', 1)[-1]}"


def space_text(space: Space, other: Space) -> str:
    """A space by its name, and by its file and family where the other has the same name."""
    where = space.key.rsplit("/", 1)[-1].replace("::", ", ")
    return f"`{space}`" + (f" ({where})" if space.name == other.name and space.key != other.key else "")


def article(text: str) -> str:
    """A type with its article; a type with dims (`pixels[b, 3, H, W]`, `text { ... }`) reads better without."""
    return text if not text.isidentifier() else f"{'an' if text[:1] in 'aeiou' else 'a'} {text}"
