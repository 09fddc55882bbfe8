"""Whether the entries of a settings block may stand, and what is wrong with one.

Strict: nothing becomes another type but a whole number where a number is due, a bool is no number, and no number is NaN or
infinite.
"""

from __future__ import annotations

from collections.abc import Mapping, Sized
from math import frexp
from typing import TYPE_CHECKING, Any, Literal

from ..base.diagnostics import nearest
from ..base.frozen import field, replace, struct
from .given_settings import NOTHING, Duration, Faulty, Opaque, SettingCall, Unquoted, Word
from .setting_kinds import REQUIRED, Setting
from .settings import ARGUMENTS, BLOCKS, EXAMPLES, FIELDS, IN_PLACE_OF

if TYPE_CHECKING:
    from .familiar_settings import Familiar


@struct
class Problem:
    """What is wrong with an entry (named as in the user's block); `suggestion` is what the `word` written may have meant."""

    entry: str
    kind: Literal["unknown", "bad", "missing"]
    message: str
    suggestion: str | None = None
    word: str = ""
    known: tuple[str, ...] = ()
    """What might have stood there, for a name that is like none of it."""
    meant: Familiar | None = None
    """What a word of other trainers is called here."""
    drop: bool = False
    """The entry says what holds without it: it is to be left out."""


@struct
class CheckedBlock:
    """`values` has the defaults filled in, and a word with arguments as a mapping with its name as `kind`; it is
    None if there are problems, or values in which an error was reported already."""

    values: Mapping[str, object] | None
    problems: tuple[Problem, ...]
    sound: Mapping[str, object] = field(default_factory=dict)
    """The entries that are right, and defaults for the others, where `values` is None."""


def validate(block: str, entries: Mapping[str, object]) -> CheckedBlock:
    """Checks the entries of one of `BLOCKS`, given as plain Python values, `Word`, `SettingCall` and `Opaque`."""
    return _validate(block, BLOCKS[block], entries)


def validate_field(source: str, entries: Mapping[str, object]) -> CheckedBlock:
    """Checks what a field of a data set states."""
    return _validate(source, FIELDS.get(source, {}), entries)


def _validate(name: str, settings: Mapping[str, Setting], entries: Mapping[str, object]) -> CheckedBlock:
    problems: list[Problem] = []
    given: dict[str, object] = {}
    for entry, value in entries.items():
        if entry not in settings:
            message = f"`{name}` has no setting `{entry}`"
            meant = _familiar_entry(name, entry)
            near = None if meant is not None else nearest(entry, settings)
            problems.append(Problem(entry, "unknown", message, near, entry, tuple(settings), meant))
            continue
        read = _read(entry, settings[entry], value)
        if isinstance(read, Problem):
            problems.append(read)
        else:
            given[entry] = read
    # a name that is not known is most likely the one that is missing
    astray = any(p.kind == "unknown" for p in problems)
    for entry, setting in settings.items():
        instead = IN_PLACE_OF.get(entry, "")
        if given.get(entry) is not None and given.get(instead) is not None:
            message = f"`{entry}` and `{instead}` both say how long to train"
            problems.append(Problem(instead, "bad", message, drop=True))
        said = entry in entries or entries.get(instead) is not None
        if setting.default is REQUIRED and not said and not astray:
            problems.append(_missing(name, entry, setting))
    if problems or any(isinstance(v, Faulty) for v in given.values()):
        given = {n: v for n, v in given.items() if not isinstance(v, Faulty)}
        others = {n: _default(s) for n, s in settings.items() if s.default is not REQUIRED}
        return CheckedBlock(None, tuple(problems), {**others, **given})
    return CheckedBlock({n: given[n] if n in given else _default(s) for n, s in settings.items()}, ())


def _familiar_entry(block: str, entry: str) -> Familiar | None:
    from .familiar_settings import ENTRIES  # only a program with a mistake pays for it

    return ENTRIES.get(block, {}).get(entry)


def _familiar_value(entry: str, value: str) -> Familiar | None:
    from .familiar_settings import VALUES

    return VALUES.get(entry, {}).get(value)


def _missing(name: str, entry: str, setting: Setting) -> Problem:
    example = EXAMPLES.get(entry)
    from .familiar_settings import Familiar

    meant = Familiar(f"{entry} = {example}") if example is not None else None
    return Problem(entry, "missing", f"`{name}` needs `{entry}`, {setting.wanted}", meant=meant)


def _default(setting: Setting) -> object:
    if setting.default is REQUIRED:
        return None
    # nobody may change the table through a value
    return list(setting.default) if isinstance(setting.default, list) else setting.default


def _read(entry: str, setting: Setting, given: object) -> object | Problem:
    """The value to keep: names as texts, whole numbers as the numbers that are due, calls as mappings."""
    if isinstance(given, Faulty) or (isinstance(given, list) and any(isinstance(v, Faulty) for v in given)):
        return Faulty()
    if given is None and setting.default is None:
        return None
    nothing = given is False or (isinstance(given, Word) and given.name in NOTHING)
    if nothing and setting.default is None and not setting.words and not {str, bool} & set(setting.types):
        message = f"`{entry}` must be {setting.wanted}, not {_shown(given)}"
        return Problem(entry, "bad", message, drop=True)
    if isinstance(given, Word) and given.name in setting.calls:
        given = SettingCall(given.name)
    if isinstance(given, Word) and given.name in setting.words:
        return given.name
    if isinstance(given, SettingCall) and given.name in setting.calls:
        return _called(entry, given)
    if isinstance(given, Unquoted):
        return _unquoted(entry, setting, given)
    if isinstance(given, list) and setting.items is not None:
        read = [_plain(v, (setting.items,), setting) for v in given]
        complete = _right_length(given, setting) and _REFUSED not in read
        return read if complete else _bad(entry, setting, given)
    value = _plain(given, setting.types, setting)
    if value is _REFUSED or (isinstance(value, str) and not _right_length(value, setting)):
        return _bad(entry, setting, given)
    return value


def _unquoted(entry: str, setting: Setting, given: Unquoted) -> Problem:
    from .familiar_settings import Familiar

    if str not in setting.types:
        return _bad(entry, setting, given)
    meant = Familiar(f'"{given.text}"')
    return Problem(entry, "bad", f"`{entry}` is a text, and stands in quotes", None, given.text, meant=meant)


def _called(entry: str, given: SettingCall) -> object | Problem:
    arguments = ARGUMENTS[given.name]
    if len(given.args) > len(arguments):
        return Problem(
            entry, "bad", f"`{given.name}` takes {len(arguments)} arguments, not {len(given.args)}"
        )
    placed = dict(zip(arguments, given.args))
    twice = next((key for key in placed if key in given.kwargs), None)
    if twice is not None:
        return Problem(entry, "bad", f"`{given.name}` is given `{twice}` twice")
    checked = _validate(given.name, arguments, {**placed, **given.kwargs})
    if checked.values is None and not checked.problems:
        return Faulty()
    if checked.values is None:
        first = checked.problems[0]
        at = "" if first.kind != "bad" else f", in `{given.name}(...)`"
        meant = first.meant
        if first.kind == "missing" and meant is not None and not given.args and not given.kwargs:
            meant, word = replace(meant, write=f"{given.name}({meant.write})"), given.name
        else:
            word = first.word
        return Problem(entry, "bad", first.message + at, first.suggestion, word, first.known, meant)
    return {"kind": given.name, **checked.values}


_REFUSED: Any = object()


def _plain(given: object, types: tuple[type, ...], setting: Setting) -> object:
    """A value as one of `types` and within the setting's bounds, or `_REFUSED`."""
    if isinstance(given, Word):  # where a text is due: a role, a field
        given = given.name
    if type(given) is int and int not in types and float in types:
        try:
            given = float(given)
        except OverflowError:
            return _REFUSED
    if type(given) not in types:
        return _REFUSED
    if type(given) is int or type(given) is float:
        # NaN is on no side of a bound, and an infinity is never strictly within one
        within = setting.least <= given <= setting.most and setting.above < given < setting.below
        return given if within else _REFUSED
    return given


def _right_length(value: Sized, setting: Setting) -> bool:
    fewest, most = setting.length
    return fewest <= len(value) <= most


def _bad(entry: str, setting: Setting, given: object) -> Problem:
    near, word, meant = None, "", None
    message = f"`{entry}` must be {setting.wanted}, not {_shown(given)}"
    if isinstance(given, Duration):
        from .familiar_settings import BY_STEPS, Familiar

        meant = Familiar(why=BY_STEPS)
    if isinstance(given, bool):
        meant, word = _familiar_value(entry, str(given)), str(given).lower()
    if isinstance(given, (Word, SettingCall, str)):
        name = given if isinstance(given, str) else given.name
        meant = _familiar_value(entry, name)
        choices = setting.words + setting.calls + (("true", "false") if bool in setting.types else ())
        near = nearest(name, choices) if meant is None else None
        if meant is not None and meant.write in choices and not meant.why:
            near, meant = meant.write, None
        near = name.lower() if name.lower() in choices else near
        word = f'"{name}"' if isinstance(given, str) else name
    return Problem(entry, "bad", message, near, word, meant=meant)


def _shown(value: object) -> str:
    match value:
        case Word(name=name):
            return f"`{name}`"
        case SettingCall(name=name):
            return f"`{name}(...)`"
        case Unquoted(text=text) | Duration(text=text):
            return f"`{text}`"
        case Opaque():
            return "a value known only at run time"
        case str():
            return f'"{value}"' if len(value) <= 40 else f'"{value[:37]}..."'
        case bool():
            return "`true`" if value else "`false`"
        case int() if value.bit_length() > 128:
            return "a number of more than 128 bits"
        case list() if len(value) > 6:
            return f"a list of {len(value)}"
        case list():
            return f"[{', '.join(_shown(v) for v in value)}]"
        case int() | float():
            return str(value)
        case _:
            return "what stands there"


def check_mesh(train: Mapping[str, Any], mesh: Mapping[str, Any]) -> tuple[Problem, ...]:
    """The batch must divide among the ranks with different samples, and the rounds of accumulation.

    Both are checked values: `train` with `batch` and `accumulate`, `mesh` with `replicate` and `shard`.
    """
    ways = {"replicate": mesh["replicate"], "shard": mesh["shard"], "accumulate": train["accumulate"]}
    parts, batch = ways["replicate"] * ways["shard"] * ways["accumulate"], train["batch"]
    if batch % parts == 0:
        return ()
    up = -(-batch // parts) * parts
    near = f"{up - parts} or {up}" if up > parts else f"{up}"
    terms = [f"{n} ({name})" for name, n in ways.items() if n > 1]
    product = f" = {parts}" if len(terms) > 1 else ""
    message = f"a batch of {batch} does not divide by {' x '.join(terms)}{product}; {near} does"
    return (Problem("batch", "bad", message, None),)


def bf16_step(magnitude: float = 0.02) -> float:
    """Half a unit in the last place of a bf16 number of this size (8 bits of significand, the first implied).

    A weight stored in bf16 does not move by a smaller update; AdamW's updates are about lr in size.
    """
    _, exponent = frexp(abs(magnitude))
    return 2.0 ** (exponent - 8) / 2
