"""Checkpoints on this machine against their families' contracts. Only their configs are read, never a weight."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path

from ..base import limits
from ..base.diagnostic_bag import Bag
from ..base.diagnostics import Fix, Label
from ..base.frozen import replace
from ..base.source import Span
from ..program.family import Component, Family
from . import denoisers, schedulers, text_encoders, vae
from .classes import BODIES, LIBRARIES, WHOLES, is_model
from .comparison import Comparison, Config
from .config_files import LAYOUT, TOLERANCE, Mismatch, Reader, mismatches, number, shown
from .local_sources import LocalCheckpoint, local_folder, within
from .networks import weight_files

INDEX = "model_index.json"
TOKENIZER = "tokenizer_config.json"
UNFIT = "name a checkpoint of this architecture, or the variant that this checkpoint is"


def check(checkpoints: Sequence[LocalCheckpoint], bag: Bag, read: Reader) -> None:
    """Reports how checkpoints differ from what their families say. What several roles read alike is reported at the
    first of them.
    """
    reported: set[tuple[str, str, str, str]] = set()
    done: set[tuple[str, str, str, bool]] = set()
    for s in checkpoints:
        key = _key(s)
        if (*key, s.trained) in done:
            continue
        done.add((*key, s.trained))
        c = compare(s.family, s.folder, s.text, s.span, trained=s.trained, base=Path(), read=read)
        weight_files.compare(c)
        again = [Label(o.span, "read here too") for o in checkpoints if o is not s and _key(o) == key]
        other = _other_variant(s, c) if c.unlike else None
        for d in c.found:
            if (*key, d.message) in reported:
                continue
            reported.add((*key, d.message))
            if other is not None and any(d is unlike for _, unlike in c.unlike):
                title = f"this checkpoint fits `{s.family.name}.{other}`"
                bag.add(replace(d, labels=(*d.labels, *again), help=title, fixes=(_fix(s, title, other),)))
            else:
                bag.add(replace(d, labels=(*d.labels, *again)))


def compare(
    family: Family,
    folder: Path,
    shown: str,
    place: Span,
    *,
    trained: bool,
    base: Path,
    read: Reader | None = None,
) -> Comparison:
    """A checkpoint beside a family's contract; `found` holds what differs, in the order of what matters most.

    `shown` is the folder's name in messages, `place` where the user chose it. `trained` says that the weights are or
    were trained by a program, whose own process counts then. `base` is what a component's `fallback` is relative to,
    where it is no folder of the checkpoint.
    """
    c = Comparison(family, folder, shown.rstrip("/") or shown, place, read or Reader())
    index = c.json(INDEX)
    missing = [d for d in family.components.values() if not _component(c, d, index or {}, base)]
    if missing:
        _missing(c, missing)
    if missing and not c.configs and not c.unlike:
        return c
    if index is not None:
        _undeclared(c, index)
        boundary(c, index.get("boundary_ratio"))
    for part in (vae, denoisers, text_encoders):
        part.compare(c)
    schedulers.compare(c, trained)
    return c


# components


def _component(c: Comparison, d: Component, index: Mapping[str, object], base: Path) -> bool:
    """Class and config facts of one component. False if the checkpoint lacks it and nothing stands in for it."""
    if d.is_pipeline and index:
        _stated(c, Config(d, f"{c.shown}/{INDEX}", index))
    if d.skip:
        return True
    folder, name = c.folder / d.subfolder, f"{c.shown}/{d.subfolder}"
    if not os.path.isdir(folder):
        if d.optional and d.fallback is None:
            return True
        inside = within(c.folder, d.fallback)
        elsewhere = local_folder(d.fallback, base) if d.fallback is not None and inside is None else None
        if inside is not None:
            folder, name = inside, f"{c.shown}/{d.fallback}"
        elif elsewhere is None:
            return d.fallback is not None
        else:
            folder, name = elsewhere / d.subfolder, f"{d.fallback}/{d.subfolder}"
        if not os.path.isdir(folder):
            return False
    library, cls = d.cls.partition(".")[0], d.cls.rpartition(".")[2]
    listed = _entry(index.get(d.subfolder))
    label = Label(d.span, f"{c.contract} says `{d.cls}`")
    if listed is not None and library in LIBRARIES and not _same_class(listed[1], cls):
        c.differs(d.subfolder, listed[1], f"{c.shown}/{INDEX}", f"{c.contract} says {cls}", label)
        return True
    if "Tokenizer" in cls and d.config:
        values = c.json_at(folder / TOKENIZER, f"{name}/{TOKENIZER}")
        if values is not None:
            _stated(c, Config(d, f"{name}/{TOKENIZER}", values))
        return True
    if not is_model(cls) and not cls.endswith("Scheduler"):
        return True
    file = schedulers.FILE if cls.endswith("Scheduler") else "config.json"
    before = len(c.found)
    values = c.json_at(folder / file, f"{name}/{file}")
    if values is None:
        if len(c.found) == before and library in LIBRARIES:
            message = f"component `{d.name}` has no {file}: there is no file {name}/{file}"
            c.lacks(message, label=Label(d.span, "declared here"), help=LAYOUT)
        return True
    config = Config(d, f"{name}/{file}", values)
    if not cls.endswith("Scheduler") and (written := _written_by(values, cls)) is not None:
        c.differs(*written, config.file, f"{c.contract} says {cls}", label, help=UNFIT)
        return True
    _quantized(c, config)
    _stated(c, config)
    return True


def _entry(value: object) -> tuple[str, str] | None:
    """Library and class as an index lists a component; None for one that it leaves empty."""
    if not isinstance(value, list) or len(value) != 2:
        return None
    library, cls = value
    return (library, cls) if isinstance(library, str) and isinstance(cls, str) else None


def _same_class(found: str, declared: str) -> bool:
    """Whether weights of one class are read by the other. `Auto` classes read any."""
    if found == declared or (declared.startswith("Auto") and not declared.startswith("Autoencoder")):
        return True
    stems = (found.removesuffix(w) for w in WHOLES if found.endswith(w))
    return not is_model(declared) or any(declared == stem + body for stem in stems for body in BODIES)


def _written_by(values: Mapping[str, object], cls: str) -> tuple[str, object] | None:
    """What a config says of its class, where that is another one."""
    name, architectures = values.get("_class_name"), values.get("architectures")
    if isinstance(name, str):
        return ("_class_name", name) if name != cls else None
    if isinstance(architectures, list) and len(architectures) == 1 and isinstance(architectures[0], str):
        return ("architectures", architectures) if not _same_class(architectures[0], cls) else None
    return None


def _quantized(c: Comparison, config: Config) -> None:
    """Weights of a few bits are read by libraries of their own, into layers that no contract knows."""
    stated = config.values.get("quantization_config")
    if not isinstance(stated, dict):
        return
    kind = stated.get("quant_method")
    by = f" by {kind}" if isinstance(kind, str) else ""
    c.refuse(
        f"`quantization_config` in {config.file}: its weights are quantized{by}, and fdc reads floating weights only",
        Label(config.component.span, "declared here"),
        help="name a checkpoint of full precision",
    )


def _stated(c: Comparison, config: Config) -> None:
    """The facts that the family or variant states: one message a file, whatever the number of facts."""
    found = mismatches(config.component.config, config.values)
    if not found:
        c.configs[config.component.name] = config
        return
    first, *rest = found
    stated = config.component.places.get(_top(first), config.component.span)
    says = f"{c.contract} says {shown(first.expected)}"
    facts = [f"`{m.key}` is {shown(m.found)}, and {c.contract} says {shown(m.expected)}" for m in rest[:8]]
    label = Label(stated, f"what {c.contract} says")
    d = c.differs(first.key, first.found, config.file, says, label, facts=facts, help=UNFIT)
    c.unlike.append((config, d))


def _top(m: Mismatch) -> str:
    return m.key.partition("[")[0].partition(".")[0]


def _missing(c: Comparison, missing: Sequence[Component]) -> None:
    first, *rest = missing
    message = f"component `{first.name}` is not in {c.shown}: there is no folder {c.shown}/{first.subfolder}"
    if rest:
        names = ", ".join(f"`{d.name}`" for d in missing)
        message = f"components {names} are not in {c.shown}: there are no folders of their names"
    c.lacks(message, label=Label(first.span, f"{c.contract} needs it"), help=LAYOUT)


def _undeclared(c: Comparison, index: Mapping[str, object]) -> None:
    """A second expert or an image encoder that nobody loads would be left out in silence."""
    known = {d.subfolder for d in c.family.components.values()}
    unknown = [
        (shown(name), *map(shown, entry))
        for name, value in index.items()
        if name not in known
        and (entry := _entry(value)) is not None
        and entry[0] in LIBRARIES
        and is_model(entry[1])
    ]
    if not unknown or not c.family.denoise:
        return
    (name, library, cls), *rest = unknown
    c.refuse(
        f"{c.shown} has `{name}` ({cls}), of which {c.contract} knows nothing",
        Label(c.family.stages[c.family.denoise].name_span, "called without it"),
        facts=[f"nor of its `{n}` ({k})" for n, _, k in rest[:8]],
        help=f"declare `component {name} = {library}.{cls}` in the family and use it, or name a checkpoint "
        "without it",
    )


def boundary(c: Comparison, value: object) -> None:
    """Where one expert hands over to the next, as a noise level, is where the family's experts meet.

    An index may hold a boundary for a checkpoint that has one denoiser, where it means nothing.
    """
    found = number(value)
    experts = [d for d in c.family.components.values() if d.levels is not None]
    edges = {edge for d in experts for edge in d.levels or () if 0 < edge < 1}
    if found is None or not edges or any(abs(float(e) - found) <= TOLERANCE for e in edges):
        return
    d = experts[0]
    at = ", ".join(f"{float(e):g}" for e in sorted(edges))
    label = Label(d.span, f"`{d.name}` serves a part of the noise levels")
    c.differs(
        "boundary_ratio", found, f"{c.shown}/{INDEX}", f"the experts of {c.contract} meet at {at}", label
    )


# another variant


def _other_variant(s: LocalCheckpoint, c: Comparison) -> str | None:
    """The one variant of the family whose facts all these configs satisfy."""
    configs = [*c.configs.values(), *(config for config, _ in c.unlike)]
    fitting = [
        name
        for name, components in islice(s.variants(), limits.VARIANTS)
        if name != s.family.variant
        and not any(mismatches(components[k.component.name].config, k.values) for k in configs)
    ]
    return fitting[0] if len(fitting) == 1 else None


def _fix(s: LocalCheckpoint, title: str, variant: str) -> Fix:
    """The family with another variant, as the program names it."""
    text = s.named_at.text
    if s.family.variant is not None:
        text = text.removesuffix(s.family.variant).rstrip().removesuffix(".").rstrip()
    return Fix(title, s.named_at, f"{text}.{variant}")


def _key(s: LocalCheckpoint) -> tuple[str, str, str]:
    """What several roles that read one checkpoint by one contract have in common."""
    return s.family.name, s.family.variant or "", s.text
