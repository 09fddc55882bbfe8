"""A family's contract: components, spaces, records, stages and graphs, with a variant and sizes filled in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from .. import syntax as ast
from ..diagnostics import Fix, Label, nearest
from ..dims import Contradiction, Dim, Facts, Unknown, accepts, nearest_legal
from ..resolve import Definition
from ..source import Span
from ..typed import Component, Family
from ..types import Latent, Record, RecordField, Space, Tensor, TimeType
from . import process
from .annotations import Annotations, Declared, dim_of
from .process import ProcessModel
from .terms import Bag
from .walk import nodes

KINDS = ("encode", "noise", "denoise", "feature", "refine", "decode", "audio_decode")
REQUIRED = ("cond", "uncond", "clean", "sample")
ROOTS = ("diffusers", "transformers", "python")
PADS = ("zero", "attend", "mask")
COMPONENT_ENTRIES = ("trainable", "optional", "dtype", "subfolder", "fallback", "config")


@dataclass(frozen=True)
class StageParam:
    name: str
    declared: Declared
    default: ast.Expr | None
    span: Span


@dataclass(frozen=True)
class StageModel:
    declaration: ast.StageDecl
    params: tuple[StageParam, ...]
    result: Declared


@dataclass(frozen=True)
class FamilyModel:
    """A family as the checker uses it; `typed()` is what lowering gets."""

    definition: Definition
    name: str
    variant: str | None
    sizes: Mapping[str, Dim]
    facts: Facts
    components: Mapping[str, Component]
    spaces: Mapping[str, Space]
    space_declarations: Mapping[str, ast.SpaceDecl]
    records: Mapping[str, Record]
    process: ProcessModel | None
    stages: Mapping[str, StageModel]
    graphs: Mapping[str, ast.GraphDecl]
    params: Mapping[str, ast.Param]
    denoise: str
    space: Space
    has_binding: bool

    def typed(self) -> Family:
        assert self.process is not None
        return Family(
            name=self.name,
            variant=self.variant,
            path=str(self.definition.module.path),
            components=self.components,
            spaces=self.spaces,
            space_declarations=self.space_declarations,
            records=self.records,
            process=self.process.typed,
            stages={n: s.declaration for n, s in self.stages.items()},
            denoise=self.denoise,
            space=self.space.name,
            has_binding=self.has_binding,
        )


def build(
    definition: Definition,
    variant: str | None,
    sizes: Mapping[str, tuple[int, Span]] | None,
    bag: Bag,
    *,
    where: Span | None,
) -> FamilyModel | None:
    """Reads a family. `sizes` are the program's, None if the family is checked on its own.

    None is given if nothing can be built on it: an unknown variant, sizes that do not fit, no process or denoise stage.
    """
    return _Builder(definition, variant, sizes, bag, where).run()


@dataclass
class _Builder:
    definition: Definition
    variant: str | None
    given: Mapping[str, tuple[int, Span]] | None
    bag: Bag
    where: Span | None
    facts: Facts = field(default_factory=Facts)
    sizes: dict[str, Dim] = field(default_factory=dict)

    def run(self) -> FamilyModel | None:
        d = self.definition.declaration
        assert isinstance(d, ast.FamilyDecl)
        self.d = d
        self._duplicates()
        changes = self._variant()
        if changes is None or not self._sizes(changes):
            return None
        components = self._components(changes)
        declarations = self._spaces_named()
        spaces = self._spaces(declarations, components)
        records = self._records()
        annotations = Annotations(self.sizes, self.facts, spaces, records, self.bag)
        stages = {
            m.name.id: s for m in self._members(ast.StageDecl) if (s := self._stage(m, annotations, components, spaces))
        }
        model = self._process(changes)
        graphs = {m.name.id: m for m in self._members(ast.GraphDecl)}
        for name in REQUIRED:
            if name not in graphs:
                self.bag.error(
                    "missing-argument",
                    f"family `{d.name.id}` publishes no graph `{name}`",
                    d.name.span,
                    help=f"every family publishes {', '.join(REQUIRED)}: methods rely on them",
                )
        params = {m.name.id: m for m in self._members(ast.Param)}
        params = self._params(params, changes)
        denoise = next((n for n, s in stages.items() if s.declaration.kind.id == "denoise"), None)
        declared_denoise = any(m.kind.id == "denoise" for m in self._members(ast.StageDecl))
        if denoise is None and not declared_denoise:
            self.bag.error(
                "missing-argument", f"family `{d.name.id}` has no stage of kind `denoise`", d.name.span
            )
        if denoise is None or model is None:
            return None
        space = stages[denoise].params[0].declared.space
        assert space is not None
        return FamilyModel(
            definition=self.definition,
            name=d.name.id,
            variant=self.variant,
            sizes=self.sizes,
            facts=self.facts,
            components={n: c for n, c in components.items() if c is not None},
            spaces={n: s for n, s in spaces.items() if s is not None},
            space_declarations=declarations,
            records={n: r for n, r in records.items() if r is not None},
            process=model,
            stages=stages,
            graphs=graphs,
            params=params,
            denoise=denoise,
            space=space,
            has_binding=any(isinstance(s.declaration.by, ast.ByPython) for s in stages.values())
            or any(c is not None and c.cls.startswith("python.") for c in components.values()),
        )

    def _members(self, kind: type) -> list:  # type: ignore[type-arg]
        return [m for m in self.d.members if isinstance(m, kind)]

    def _duplicates(self) -> None:
        seen: dict[str, Span] = {}
        for m in self.d.members:
            name = getattr(m, "name", None)
            if not isinstance(name, ast.Name):
                continue
            if name.id in seen:
                self.bag.error(
                    "duplicate-name",
                    f"`{name.id}` is defined twice",
                    name.span,
                    labels=(Label(seen[name.id], "first defined here"),),
                )
            seen.setdefault(name.id, name.span)

    # variant and sizes

    def _variant(self) -> dict[str, ast.Entry] | None:
        variants = {m.name.id: m for m in self._members(ast.VariantDecl)}
        for v in variants.values():
            self._check_variant(v)
        if self.variant is None:
            return {}
        found = variants.get(self.variant)
        if found is None:
            near = nearest(self.variant, variants)
            self.bag.error(
                "unknown-name",
                f"family `{self.d.name.id}` has no variant `{self.variant}`",
                self.where or self.d.name.span,
                help=f"did you mean `{near}`?"
                if near
                else f"it has {', '.join(variants)}"
                if variants
                else "it has none",
            )
            return None
        return {e.name: e for e in found.entries}

    def _check_variant(self, v: ast.VariantDecl) -> None:
        components = [c.name.id for c in self._members(ast.ComponentDecl)]
        params = [p.name.id for p in self._members(ast.Param)]
        sizes = [e.name for s in self._members(ast.SizesDecl) for e in s.entries]
        known = {
            *(f"{c}.{k}" for c in components for k in COMPONENT_ENTRIES),
            *(f"sizes.{s}" for s in sizes),
            *params,
            "process.shift",
        }
        for e in v.entries:
            if e.name not in known:
                near = nearest(e.name, known)
                self.bag.error(
                    "unknown-name",
                    f"a variant cannot set `{e.name}`",
                    e.span,
                    help=f"did you mean `{near}`?" if near else "",
                )

    def _sizes(self, changes: Mapping[str, ast.Entry]) -> bool:
        fine = True
        for block in self._members(ast.SizesDecl):
            for e in block.entries:
                changed = changes.get(f"sizes.{e.name}")
                value = (changed or e).value
                helpers = {n.id: Dim.of(n.id) for n in nodes([value]) if isinstance(n, ast.Name)}
                pattern = dim_of(value, helpers, Facts(), self.bag) if value is not None else None
                if pattern is None:
                    fine = False
                elif pattern.constant is not None:
                    self.sizes[e.name] = pattern
                else:
                    fine = self._size(e, pattern) and fine
        return fine

    def _size(self, e: ast.Entry, pattern: Dim) -> bool:
        line = pattern.linear_in_one
        if line is None:
            self.bag.error(
                "dim-mismatch", "what a size may be is stated over one whole number: `F = 4*k + 1`", e.span
            )
            return False
        if self.given is None:
            try:
                self.facts = self.facts.congruent(e.name, abs(line[1]), line[2] % abs(line[1]), e.span)
            except (Contradiction, Unknown) as problem:
                self.bag.error("not-divisible", str(problem), e.span)
                return False
            self.sizes[e.name] = Dim.of(e.name)
            return True
        if e.name not in self.given:
            self.bag.error(
                "missing-argument",
                f"family `{self.d.name.id}` needs a size `{e.name}`, and the program gives none",
                self.where or e.span,
                labels=(Label(e.span, "asked for here"),),
                help=f"add `{e.name} = {pattern.substitute({line[0]: 1})}` to `sizes`",
            )
            return False
        value, span = self.given[e.name]
        if not accepts(pattern, value):
            low, high = nearest_legal(pattern, {}, value)
            legal = [n for n in (low, high) if n is not None]
            self.bag.error(
                "size-not-accepted",
                f"family `{self.d.name.id}` takes {e.name} = {e.value.span.text if e.value else ''}, and "
                f"{value} is not of this form",
                span,
                f"{value} is not {e.value.span.text if e.value else ''}",
                labels=(Label(e.span, "what the family accepts"),),
                help=f"the nearest sizes are {' and '.join(map(str, legal))}",
                fixes=tuple(Fix(f"use {n}", span, f"{e.name} = {n}") for n in legal),
            )
            return False
        self.sizes[e.name] = Dim.of(value)
        return True

    # components

    def _components(self, changes: Mapping[str, ast.Entry]) -> dict[str, Component | None]:
        return {c.name.id: self._component(c, changes) for c in self._members(ast.ComponentDecl)}

    def _component(self, c: ast.ComponentDecl, changes: Mapping[str, ast.Entry]) -> Component | None:
        name = c.name.id
        root = c.cls.split(".")[0]
        if root not in ROOTS or "." not in c.cls:
            near = nearest(root, ROOTS)
            self.bag.error(
                "bad-setting",
                f"a component's class comes from {', '.join(f'`{r}.`' for r in ROOTS)}, not from `{root}`",
                c.span,
                help=f"did you mean `{near}`?" if near else "",
            )
            return None
        entries = {e.name: e for e in c.entries}
        for e in c.entries:
            if e.name not in COMPONENT_ENTRIES:
                near = nearest(e.name, COMPONENT_ENTRIES)
                self.bag.error(
                    "unknown-setting",
                    f"a component has no `{e.name}`",
                    e.span,
                    help=f"did you mean `{near}`?" if near else f"it has {', '.join(COMPONENT_ENTRIES)}",
                )
        config: dict[str, object] = {}
        for e in (entries.get("config"), changes.get(f"{name}.config")):
            if e is not None:
                facts = plain(e.value)
                if isinstance(facts, dict):
                    config = {**config, **facts}
                else:
                    self.bag.error("bad-setting", "`config` is a block: `config = { in_channels = 16 }`", e.span)

        def text(key: str) -> str | None:
            e = changes.get(f"{name}.{key}") or entries.get(key)
            if e is None:
                return None
            value = plain(e.value)
            if isinstance(value, str):
                return value
            self.bag.error("bad-setting", f"`{key}` is a text", e.span)
            return None

        dtype = text("dtype")
        if dtype is not None and dtype not in ("f32", "bf16", "f16"):
            self.bag.error("bad-setting", f"`dtype` is f32, bf16 or f16, not `{dtype}`", entries["dtype"].span)
        return Component(
            name=name,
            cls=c.cls,
            trainable="trainable" in entries,
            dtype=dtype,
            optional="optional" in entries,
            subfolder=text("subfolder") or name,
            fallback=text("fallback"),
            config=config,
            span=c.span,
        )

    # spaces and records

    def _reach(self, kind: type) -> dict[str, Definition]:
        """Declarations of a kind that this family sees: its own, its file's, and imported ones."""
        found: dict[str, Definition] = {}
        for name, named in self.definition.module.names.items():
            if isinstance(named, Definition) and isinstance(named.declaration, kind):
                found[name] = named
        for m in self._members(kind):
            found[m.name.id] = Definition(m, self.definition.module, self.d)
        return found

    def _spaces_named(self) -> dict[str, ast.SpaceDecl]:
        reach = self._reach(ast.SpaceDecl)
        self.space_keys = {name: d.key for name, d in reach.items()}
        return {n: d.declaration for n, d in reach.items() if isinstance(d.declaration, ast.SpaceDecl)}

    def _spaces(
        self, declarations: Mapping[str, ast.SpaceDecl], components: Mapping[str, Component | None]
    ) -> dict[str, Space | None]:
        found: dict[str, Space | None] = {}
        read = {n.id for n in nodes(self._members(ast.StageDecl)) if isinstance(n, ast.Name)}
        read |= {f.id for d in declarations.values() for f in d.factors}
        own = {m.name.id for m in self._members(ast.SpaceDecl)}
        simple = [(n, d) for n, d in declarations.items() if d.type is not None]
        for name, d in simple:
            if name in own or name in read:
                found[name] = self._space(name, d, components)
        for name, d in declarations.items():
            if d.type is None and (name in own or name in read):
                found[name] = self._product(name, d, found)
        return found

    def _space(
        self, name: str, d: ast.SpaceDecl, components: Mapping[str, Component | None]
    ) -> Space | None:
        assert d.type is not None
        tensor = Annotations(self.sizes, self.facts, {}, {}, self.bag).resolve(d.type)
        if tensor is None or not isinstance(tensor.type, Tensor):
            if tensor is not None:
                self.bag.error("type-mismatch", "a space is a tensor: `bf16[b, 16, t = F, h = H/8, w = W/8]`", d.type.span)
            return None
        if d.codec is None or d.codec.id not in components:
            near = nearest(d.codec.id, components) if d.codec is not None else None
            self.bag.error(
                "unknown-name" if d.codec is not None else "missing-argument",
                f"space `{name}` comes from a codec: no component is called `{d.codec.id}`"
                if d.codec is not None
                else f"space `{name}` does not say its codec",
                d.codec.span if d.codec is not None else d.name.span,
                help=f"did you mean `{near}`?" if near else "`space NAME = type from COMPONENT { ... }`",
            )
            return None
        self._normalize(name, d)
        return Space(self.space_keys[name], name, tensor.type.kind, tensor.type.dims, tensor.type.axes)

    def _normalize(self, name: str, d: ast.SpaceDecl) -> None:
        entry = next((e for e in d.entries if e.name == "normalize"), None)
        for e in d.entries:
            if e.name != "normalize":
                self.bag.error(
                    "unknown-setting", f"a space has no `{e.name}`", e.span, help="it has normalize"
                )
        if entry is None or entry.value is None:
            self.bag.error(
                "missing-argument",
                f"space `{name}` does not say how its latents are normalised",
                d.name.span,
                help="`normalize = (z - vae.config.latents_mean) / vae.config.latents_std`, or `normalize = z`",
            )
            return
        names = {n.id for n in nodes([entry.value]) if isinstance(n, ast.Name)}
        codec = d.codec.id if d.codec is not None else ""
        for other in sorted(names - {"z", codec}):
            self.bag.error(
                "unknown-name",
                f"`normalize` is made of z, numbers and `{codec}.config`; `{other}` means nothing here",
                entry.span,
            )
        if "z" not in names:
            self.bag.error("bad-setting", "`normalize` says nothing about z, the codec's output", entry.span)

    def _product(
        self, name: str, d: ast.SpaceDecl, found: Mapping[str, Space | None]
    ) -> Space | None:
        factors = []
        for f in d.factors:
            if f.id not in found:
                near = nearest(f.id, found)
                self.bag.error(
                    "unknown-name",
                    f"no space is called `{f.id}`",
                    f.span,
                    help=f"did you mean `{near}`?" if near else "",
                )
                return None
            space = found[f.id]
            if space is None:
                return None
            factors.append((f.id, space))
        return Space(self.space_keys[name], name, factors=tuple(factors))

    def _records(self) -> dict[str, Record | None]:
        reach = self._reach(ast.RecordDecl)
        return {
            n: self._record(d.declaration) for n, d in reach.items() if isinstance(d.declaration, ast.RecordDecl)
        }

    def _record(self, d: ast.RecordDecl) -> Record | None:
        fields = []
        annotations = Annotations(self.sizes, self.facts, {}, {}, self.bag)
        seen: dict[str, Span] = {}
        for f in d.fields:
            if f.name.id in seen:
                self.bag.error("duplicate-name", f"`{f.name.id}` is defined twice", f.name.span)
            seen[f.name.id] = f.name.span
            declared = annotations.resolve(f.type)
            pad = None
            for e in f.entries:
                value = e.value.id if isinstance(e.value, ast.Name) else None
                if e.name != "pad":
                    self.bag.error("unknown-setting", f"a record's field has no `{e.name}`", e.span, help="it has pad")
                elif value not in PADS:
                    self.bag.error("bad-setting", f"`pad` is one of {', '.join(PADS)}", e.span)
                else:
                    pad = value
            if declared is None:
                return None
            if not isinstance(declared.type, Tensor):
                self.bag.error("type-mismatch", "a record holds tensors", f.type.span)
                return None
            fields.append(RecordField(f.name.id, declared.type, pad))
        return Record(tuple(fields), d.name.id)

    # stages

    def _stage(
        self,
        m: ast.StageDecl,
        annotations: Annotations,
        components: Mapping[str, Component | None],
        spaces: Mapping[str, Space | None],
    ) -> StageModel | None:
        if m.kind.id not in KINDS:
            near = nearest(m.kind.id, KINDS)
            self.bag.error(
                "unknown-name",
                f"no kind of stage is called `{m.kind.id}`",
                m.kind.span,
                help=f"did you mean `{near}`?" if near else f"there are {', '.join(KINDS)}",
            )
            return None
        params = []
        whole = True
        for p in m.params:
            declared = annotations.resolve(p.type) if p.type is not None else None
            if p.type is None:
                self.bag.error("missing-argument", f"say the type of `{p.name.id}`", p.span)
            if declared is None:
                whole = False
            else:
                params.append(StageParam(p.name.id, declared, p.default, p.span))
        result = annotations.resolve(m.result)
        fine = self._by(m, {p.name: p for p in params}, {p.name.id for p in m.params}, components, spaces)
        if not whole or result is None or not fine:
            return None
        model = StageModel(m, tuple(params), result)
        return model if self._kind_fits(model) else None

    def _kind_fits(self, s: StageModel) -> bool:
        m, kind = s.declaration, s.declaration.kind.id

        def refuse(message: str, span: Span, help: str) -> bool:
            self.bag.error("type-mismatch", message, span, help=help)
            return False

        times = [p for p in s.params if isinstance(p.declared.type, TimeType)]
        latents = [p for p in s.params if p.declared.space is not None]
        if kind in ("denoise", "feature"):
            if not s.params or s.params[0].declared.kind != "noisy" or not times:
                return refuse(
                    f"a {kind} stage takes noisy latents first, and a time",
                    m.span,
                    "`denoise(x: noisy[SPACE], t: time[b], c: RECORD) -> predict[SPACE]`",
                )
            if kind == "denoise" and (s.result.kind != "predict" or s.result.space != s.params[0].declared.space):
                return refuse(
                    "a denoise stage gives the prediction in the space of its latents", m.result.span, "`-> predict[SPACE]`"
                )
        elif kind == "encode":
            if s.result.kind != "clean" and not isinstance(s.result.type, Record):
                return refuse("an encode stage gives clean latents or a record", m.result.span, "`-> clean[SPACE]`")
        elif kind in ("decode", "audio_decode"):
            wanted = "pixels" if kind == "decode" else "wave"
            if not latents or latents[0].declared.kind != "clean":
                return refuse(f"a {kind} stage takes clean latents", m.span, "`x0: clean[SPACE]`")
            if not isinstance(s.result.type, Tensor) or s.result.type.kind != wanted:
                return refuse(f"a {kind} stage gives {wanted}", m.result.span, f"`-> {wanted}[...]`")
        elif kind in ("noise", "refine") and s.result.kind != "noisy":
            return refuse(f"a {kind} stage gives noisy latents", m.result.span, "`-> noisy[SPACE]`")
        return True

    def _by(
        self,
        m: ast.StageDecl,
        params: Mapping[str, StageParam],
        names: set[str],
        components: Mapping[str, Component | None],
        spaces: Mapping[str, Space | None],
    ) -> bool:
        if isinstance(m.by, ast.ByPython):
            return True
        fine = self._known_component(m.by.component, components)
        functions = {"concat", "select"}
        words: set[int] = set()
        seen: set[str] = set()
        for a in m.by.args:
            if a.name is None:
                self.bag.error("missing-argument", "a module's arguments are given by name", a.span, help="`sample = x`")
                fine = False
            elif a.name in seen:
                self.bag.error("duplicate-name", f"`{a.name}` is given twice", a.span)
            seen.add(a.name or "")
        for node in nodes(m.by.args):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                words.add(id(node.func))
                words |= {id(a.value) for a in node.args if a.name == "axis"}
                if node.func.id not in functions and node.func.id not in components:
                    near = nearest(node.func.id, [*functions, *components])
                    self.bag.error(
                        "unknown-name",
                        f"`{node.func.id}` cannot be called here",
                        node.func.span,
                        help=f"did you mean `{near}`?" if near else "",
                    )
                    fine = False
        for node in nodes(m.by.args):
            if isinstance(node, ast.Name) and id(node) not in words and node.id not in names:
                if node.id in components or node.id in self.sizes:
                    continue
                near = nearest(node.id, names)
                self.bag.error(
                    "unknown-name",
                    f"stage `{m.name.id}` has no parameter `{node.id}`",
                    node.span,
                    help=f"did you mean `{near}`?" if near else f"it has {', '.join(sorted(names))}",
                )
                fine = False
            elif isinstance(node, ast.Attr) and isinstance(node.base, ast.Name):
                fine = self._part(node, params.get(node.base.id)) and fine
        return fine

    def _known_component(self, name: ast.Name, components: Mapping[str, Component | None]) -> bool:
        if name.id in components:
            return True
        near = nearest(name.id, components)
        self.bag.error(
            "unknown-name",
            f"no component is called `{name.id}`",
            name.span,
            help=f"did you mean `{near}`?" if near else f"there are {', '.join(components)}",
        )
        return False

    def _part(self, e: ast.Attr, p: StageParam | None) -> bool:
        if p is None:
            return True
        match p.declared.type:
            case Record(fields=fields):
                known, code = [f.name for f in fields], "record-mismatch"
            case TimeType():
                known, code = ["ticks", "sigma", "alpha"], "unknown-name"
            case Latent(space=space) if space.factors:
                known, code = [n for n, _ in space.factors], "unknown-name"
            case _:
                known, code = [], "unknown-name"
        if e.name in known:
            return True
        near = nearest(e.name, known)
        self.bag.error(
            code,
            f"`{p.name}` has no `{e.name}`",
            e.name_span,
            help=f"did you mean `{near}`?" if near else f"it has {', '.join(known)}" if known else "",
        )
        return False

    # process and parameters

    def _process(self, changes: Mapping[str, ast.Entry]) -> ProcessModel | None:
        own = self._members(ast.ProcessDecl)
        for extra in own[1:]:
            self.bag.error("duplicate-name", "a family has one process", extra.name.span)
        if own:
            d = own[0]
        else:
            reach = [x.declaration for x in self._reach(ast.ProcessDecl).values()]
            if len(reach) != 1 or not isinstance(reach[0], ast.ProcessDecl):
                self.bag.error(
                    "missing-argument",
                    f"family `{self.d.name.id}` says no process"
                    if not reach
                    else f"family `{self.d.name.id}` sees {len(reach)} processes and has none of its own",
                    self.d.name.span,
                    help="`process flow { noisy = (1 - s)*x0 + s*eps, predict = eps - x0, ticks = 1000*s }`",
                )
                return None
            d = reach[0]
        model = process.build(d, self.bag)
        shift = changes.get("process.shift")
        if model is not None and shift is not None:
            value = plain(shift.value)
            if isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0:
                model = replace(model, typed=replace(model.typed, shift=float(value)))
            else:
                self.bag.error("bad-setting", "`process.shift` is a number above 0", shift.span)
        return model

    def _params(
        self, params: dict[str, ast.Param], changes: Mapping[str, ast.Entry]
    ) -> dict[str, ast.Param]:
        return {
            n: replace(p, default=changes[n].value) if n in changes and changes[n].value is not None else p
            for n, p in params.items()
        }


def plain(e: ast.Expr | None) -> object:
    """A literal as plain Python: numbers, texts, words (as texts), lists, blocks; None for anything else."""
    match e:
        case ast.Number(value=v):
            return v if isinstance(v, int) else float(v)
        case ast.Unary(op="-", operand=ast.Number(value=v)):
            return -v if isinstance(v, int) else -float(v)
        case ast.String(value=s):
            return s
        case ast.Bool(value=b):
            return b
        case ast.Name(id=name):
            return None if name == "none" else name
        case ast.ListExpr(items=items) | ast.TupleExpr(items=items):
            return [plain(i) for i in items]
        case ast.MapExpr(entries=entries):
            return {x.name: True if x.value is None else plain(x.value) for x in entries}
        case _:
            return None


