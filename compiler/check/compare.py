"""Does a latent fit where it stands? If not, which mistake is it: another space, sign, time, process, or quantity?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..diagnostics import Fix, Label
from ..quantity import KINDS, NOISE, Quantity, Time, describe, read
from ..source import Span
from ..types import Latent, Space
from .terms import Bag, Term


@dataclass(frozen=True)
class Expected:
    """A latent that a place asks for: `words` name the place (`student.x0`), `because` is a label that explains it."""

    space: Space
    quantity: Quantity | None
    words: str
    time: Time | None = None
    time_name: str = ""
    kind: str = "flow"
    because: Label | None = None


def spaces_fit(found: Space, wanted: Space) -> bool:
    """Nominal: the same declaration. Dims follow from the declaration and the program's sizes."""
    if found.factors or wanted.factors:
        return len(found.factors) == len(wanted.factors) and all(
            spaces_fit(a, b) for (_, a), (_, b) in zip(found.factors, wanted.factors)
        )
    return found.key == wanted.key or "*" in (found.key, wanted.key)


def is_noisy_at(q: Quantity, kind: str, time: Time) -> bool:
    """Whether `q` is what a network is fed at `time`; pure noise counts where the noise level is 1."""
    alpha, sigma = read("alpha", kind, time), read("sigma", kind, time)
    if q == Quantity(alpha, sigma):
        return True
    top = time.kind == "level" and time.value == 1
    return top and q.a.is_zero and (q.b == sigma or q == NOISE)


def require(term: Term, wanted: Expected, bag: Bag, times: Mapping[str, Time]) -> bool:
    """Report how `term` misses `wanted`; True if it fits (or is unknown after an earlier error)."""
    if term.unknown:
        return True
    labels = (wanted.because,) if wanted.because else ()
    if not isinstance(term.type, Latent):
        bag.error(
            "type-mismatch",
            f"{wanted.words} wants a latent of `{wanted.space}`, and this is {article(str(term.type))}",
            term.span,
            str(term.type),
            labels=labels,
        )
        return False
    space, q = term.type.space, term.type.quantity
    if not spaces_fit(space, wanted.space):
        bag.error(
            "space-mismatch",
            f"{wanted.words} wants a latent of space {told(wanted.space, space)}, "
            f"and this one is of {told(space, wanted.space)}",
            term.span,
            f"a latent of `{space}`",
            labels=labels,
            facts=(f"`{wanted.space}` is declared as {short(wanted.space)}", f"`{space}` as {short(space)}"),
            help="latents of different codecs mean different things even at equal shapes; "
            "`bridge(x0, to = role)` decodes and encodes again",
        )
        return False
    if wanted.quantity is None:
        return True
    if q is None:
        bag.error(
            "nonlinear-quantity",
            f"{wanted.words} wants {_words(wanted, times)}, and a non-linear function of latents is none",
            term.span,
            "no longer a mix of x0 and eps",
            labels=labels,
            help="state what it is with `expr as clean[S]` if a learned map or a jvp makes it so",
        )
        return False
    if q == wanted.quantity:
        return True
    if wanted.time is not None and is_noisy_at(q, wanted.kind, wanted.time):
        return True
    _explain(term, q, wanted, bag, times, labels)
    return False


def _words(wanted: Expected, times: Mapping[str, Time]) -> str:
    assert wanted.quantity is not None
    if wanted.time is not None:
        return f"latents that are noisy at `{wanted.time_name}`"
    return describe(wanted.quantity, times.items(), wanted.kind)


def _explain(
    term: Term,
    q: Quantity,
    wanted: Expected,
    bag: Bag,
    times: Mapping[str, Time],
    labels: Sequence[Label],
) -> None:
    assert wanted.quantity is not None
    want = _words(wanted, times)
    have = describe(q, times.items(), wanted.kind)
    code, message, note, help = classify(q, wanted.quantity, times)
    place = term.span
    more = list(labels)
    if wanted.time is not None and q.a.is_zero and not q.b.is_zero and _starts(q, wanted):
        code = "noise-start"
        level = wanted.time.value if wanted.time.kind == "level" else None
        at = f"noise level {float(level):g}" if level is not None else f"`{wanted.time_name}`"
        message = f"this starts from pure noise, but {wanted.words} takes it as noisy at {at}"
        note = "pure noise, which is noisy at noise level 1"
        help = "begin at noise level 1 (for a flow with 1000 ticks: `ticks([1000, ...])`)"
    elif wanted.time is not None and code == "time-mismatch":
        message = f"{wanted.words} is asked at `{wanted.time_name}`, but these latents are {have}"
        note, help = have, "give both the same time: noise the latents at the time that the network is told"
    elif code == "process-mismatch":
        message = f"{wanted.words} wants {want} of its own process, and these are {have}"
        note, help = (
            have,
            "`recast(x, t, to = role)` rescales latents where signal-to-noise ratios can be matched",
        )
    elif code == "sign-mismatch":
        message = f"{wanted.words} wants {want}, and this is its negative"
        note, help = have, "swap the operands of the difference"
    else:
        message = f"{wanted.words} wants {want}, and this is {have}"
        note, help = have, help
    choice = term.choice
    if code == "noise-start" and choice is not None and choice != place:
        more.append(Label(place, f"used here: {note}"))
        place, note = choice, "chosen here"
    bag.error(code, message, place, note, labels=more, help=help)


def _starts(q: Quantity, wanted: Expected) -> bool:
    return wanted.time is not None and (q == NOISE or len(q.b.times()) <= 1)


def classify(
    found: Quantity, wanted: Quantity, times: Mapping[str, Time], kinds: Sequence[str] = KINDS
) -> tuple[str, str, str, str]:
    """The code that names the difference best, with message, note and help for a comparison of two values."""
    if found == wanted.negated() and not found.is_direction:
        return "sign-mismatch", "", "", "swap the operands of one difference"
    for old in found.times() | set():
        for new in wanted.times() | set(times.values()):
            moved = Quantity(found.a.at(old, new), found.b.at(old, new))
            if new != old and moved == wanted:
                return "time-mismatch", "", "", "use one time for both"
    for kind in kinds:
        for other in kinds:
            if kind != other:
                for time in found.times() & wanted.times():
                    as_found = Quantity(read("alpha", kind, time), read("sigma", kind, time))
                    as_wanted = Quantity(read("alpha", other, time), read("sigma", other, time))
                    if found == as_found and wanted == as_wanted:
                        return "process-mismatch", "", "", "`recast(x, t, to = role)` rescales latents"
    return "quantity-mismatch", "", "", ""


def compare(
    name: str,
    left: Term,
    right: Term,
    bag: Bag,
    times: Mapping[str, Time],
    kind: str,
    origins: Sequence[Label] = (),
) -> bool:
    """Both sides of a loss must be the same quantity in the same space."""
    if not isinstance(left.type, Latent) or not isinstance(right.type, Latent):
        return True
    a, b = left.type, right.type
    if not spaces_fit(a.space, b.space):
        bag.error(
            "space-mismatch",
            f"this loss compares a latent of `{a.space}` with one of `{b.space}`",
            right.span,
            f"a latent of `{b.space}`",
            labels=(Label(left.span, f"a latent of `{a.space}`"), *origins),
            help="latents of different codecs mean different things even at equal shapes",
        )
        return False
    if a.quantity is None or b.quantity is None:
        bad = left if a.quantity is None else right
        bag.error(
            "nonlinear-quantity",
            f"`{name}` compares quantities, and a non-linear function of latents has none",
            bad.span,
            "no longer a mix of x0 and eps",
            help="such values may feed scalars and weights",
        )
        return False
    if a.quantity == b.quantity:
        return True
    code, _, _, help = classify(b.quantity, a.quantity, times)
    words_a, words_b = (
        describe(a.quantity, times.items(), kind),
        describe(b.quantity, times.items(), kind),
    )
    message = {
        "sign-mismatch": f"this loss compares {_one(words_a)} with its negative",
        "time-mismatch": "this loss compares two values at different times",
    }.get(code, f"this loss compares {words_a} with {words_b}")
    fixes: tuple[Fix, ...] = ()
    swapped = swap(right.span) if code == "sign-mismatch" else None
    if swapped:
        help, fixes = "swap the operands", (Fix("swap the operands", right.span, swapped),)
    bag.error(
        code,
        message,
        right.span,
        words_b,
        labels=(Label(left.span, words_a), *origins),
        help=help,
        fixes=fixes,
    )
    return False


def swap(span: Span) -> str | None:
    """`x0 - eps` as `eps - x0`, where the text is that simple."""
    parts = span.text.split(" - ")
    return f"{parts[1]} - {parts[0]}" if len(parts) == 2 and all(p.isidentifier() for p in parts) else None


def _one(words: str) -> str:
    return {"eps - x0": "a velocity", "x0 - eps": "a velocity"}.get(words, words)


def short(space: Space) -> str:
    if space.factors:
        return " * ".join(str(s) for _, s in space.factors)
    return f"{space.dtype}[{', '.join(map(str, space.dims))}] of {space.key.rsplit('/', 1)[-1]}"


def told(space: Space, other: Space) -> str:
    """A space by its name, and by its file and family where the other has the same name."""
    where = space.key.rsplit("/", 1)[-1].replace("::", ", ")
    return f"`{space}`" + (f" ({where})" if space.name == other.name and space.key != other.key else "")


def article(words: str) -> str:
    return f"{'an' if words[:1] in 'aeiou' else 'a'} {words}"
