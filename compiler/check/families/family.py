"""A family as the checker uses it: its contract with variant, sizes and imports filled in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ...base.diagnostic_bag import Bag
from ...base.diagnostics import Label
from ...base.frozen import replace
from ...base.source import Span
from ...modules.imports import Definition, Namespace
from ...modules.names.lookup import from_elsewhere
from ...program.family import Coding, Component
from ...program.process import Process
from ...syntax import ast
from ...syntax.visitor import dotted, expressions_in, names_read, nodes
from ...types.dims import Dim, Facts
from ...types.types import Record, Space, TimeType
from ..core.annotations import Annotations, check_distinct, did_you_mean
from ..core.family_model import PUBLISHED, FamilyModel, StageModel, Tokens
from . import process, sizes
from .components import component, token_dims
from .spaces import SpaceBuilder, moved, record
from .stages import RULES, stage
from .tokens import tokens_of
from .unused_declarations import check_unread
from .variants import Changes
from .variants import variant as read_variant


def build(
    definition: Definition,
    variant: str | None,
    chosen: sizes.Chosen | None,
    bag: Bag,
    *,
    where: Span | None,
) -> FamilyModel | None:
    """Check a family, in a program that chose these sizes or, with None, on its own.

    `where` is the place that uses the family. None if so much is wrong (its sizes, its process, its denoise
    stage, the variant's name) that nothing can be checked against it.
    """
    declaration = definition.declaration
    assert isinstance(declaration, ast.FamilyDecl)
    length = declaration.span.end - declaration.span.start
    bag.meter.spend(
        where or declaration.name.span, length // 20
    )  # a program may build many variants of a long one
    return _Builder(definition, declaration, bag, where or declaration.name.span).build(variant, chosen)


class _Builder:
    def __init__(self, definition: Definition, d: ast.FamilyDecl, bag: Bag, where: Span) -> None:
        self.definition, self.d, self.bag, self.where = definition, d, bag, where
        self.name = d.name.id
        self.members: dict[str, ast.FamilyMember] = {}
        for m in d.members:
            if isinstance(m, ast.SizesDecl):
                continue
            first = self.members.setdefault(m.name.id, m)
            if first is not m and not isinstance(first, ast.SizesDecl):
                bag.error(
                    "duplicate-name",
                    f"family `{self.name}` defines `{m.name.id}` twice",
                    m.name.span,
                    labels=(Label(first.name.span, "first defined here"),),
                    help="rename one of the two",
                )

    def of(self, kind: type) -> Iterator:  # type: ignore[type-arg]
        return (m for m in self.members.values() if isinstance(m, kind))

    def build(self, variant: str | None, chosen: sizes.Chosen | None) -> FamilyModel | None:
        bag = self.bag
        own = Changes(
            {},
            {d.name.id: component(d, bag) for d in self.of(ast.ComponentDecl)},
            {d.name.id: d for d in self.of(ast.Param)},
            {
                d.name.id: token_dims(e)
                for d in self.of(ast.ComponentDecl)
                for e in d.entries
                if e.name == "tokens"
            },
        )
        variants = {v.name.id: read_variant(v, own, self.d, bag) for v in self.of(ast.VariantDecl)}
        usable = variant is None or variant in variants
        if not usable:
            known = ", ".join(variants)
            bag.error(
                "unknown-name",
                f"family `{self.name}` has no variant `{variant}`",
                self.where,
                help=did_you_mean(
                    str(variant), variants, f"it has {known}" if known else "it has no variants"
                ),
            )
        now = variants[variant] if variant is not None and usable else own
        accepted = sizes.declared([m for m in self.d.members if isinstance(m, ast.SizesDecl)], now.sizes, bag)
        numbers = sizes.concrete(self.name, accepted, chosen, bag, self.where) if chosen is not None else None
        if numbers is None or now.sizes:  # sizes that a variant changes are looked at here alone
            names, facts = sizes.symbolic(accepted, bag)
        if numbers is not None:
            names, facts = numbers, Facts()
        usable = usable and (chosen is None or numbers is not None)
        spaces, codings = self._spaces(names, facts, now.components)
        records = self._records(names, facts, spaces)
        annotations = Annotations(names, facts, spaces, records, bag)
        codecs = {
            s.key: c.codec for name, c in codings.items() if c.codec and (s := spaces.get(name)) is not None
        }
        stages = {
            d.name.id: stage(d, annotations, now.components, codecs, bag) for d in self.of(ast.StageDecl)
        }
        model = self._process(now)
        graphs = {d.name.id: d for d in self.of(ast.GraphDecl)}
        self._check_graphs(graphs)
        self._check_params(now.params, annotations)
        denoise = next((s for s in stages.values() if s.declaration.kind.id == "denoise"), None)
        self._check_complete(stages, graphs)
        stated: ast.ProcessDecl | None = next(iter(self.of(ast.ProcessDecl)), None)
        check_unread(stages, self.of(ast.RecordDecl), stated if model is not None else None, bag)
        space = denoise.params[0].declared.space if denoise is not None and denoise.params else None
        has_time = denoise is not None and any(isinstance(p.declared.type, TimeType) for p in denoise.params)
        if not usable or model is None or denoise is None or space is None or not has_time:
            return None
        return FamilyModel(
            definition=self.definition,
            name=self.name,
            variant=variant,
            sizes={n: d for n, d in names.items() if d is not None},
            facts=facts,
            components=self._with_stand_ins(now.components),
            spaces={n: s for n, s in spaces.items() if s is not None},
            codings=codings,
            records={n: r for n, r in records.items() if r is not None},
            process=model,
            stages=stages,
            graphs=graphs,
            params=now.params,
            denoise=denoise.declaration.name.id,
            space=space,
            tokens=self._tokens(denoise.declaration, now, space, facts),
            has_binding=any(isinstance(s.declaration.by, ast.ByPython) for s in stages.values())
            or any(c.cls.startswith("python.") or c.chains for c in now.components.values()),
        )

    def _tokens(self, denoise: ast.StageDecl, now: Changes, space: Space, facts: Facts) -> Tokens:
        called = names_read([denoise.by]) if isinstance(denoise.by, ast.ByComponent) else set()
        networks = [c for n, c in now.components.items() if c.trainable and (n in called or not called)]
        if not networks:
            return Tokens()
        return tokens_of(networks[0], now.tokens.get(networks[0].name, ()), space, facts, self.bag)

    def _with_stand_ins(self, known: Mapping[str, Component]) -> dict[str, Component]:
        """A component that a stage names and nobody declares stands in, so that the rest can be checked."""
        named = [d.by.component for d in self.of(ast.StageDecl) if isinstance(d.by, ast.ByComponent)]
        missing = {n.id: n for n in named if n.id not in known and n.id != "select"}
        stand_ins = {
            name: Component(name, "", True, None, False, name, None, {}, n.span)
            for name, n in missing.items()
        }
        return {**stand_ins, **known}

    # names from elsewhere

    def _elsewhere(self, kind: type) -> dict[str, Definition]:
        """Declarations of this kind outside of the family that it may name: `wan21`, `wan.wan21`."""
        found = from_elsewhere(self.definition.module, kind)
        return {name: d for name, d in found.items() if name not in self.members}

    @property
    def _used(self) -> Mapping[str, Span]:
        """Every name that the family writes, with the first place of it."""
        kept = self.d.span.source.kept  # it is read off the text alone
        key = f"names of the family at {self.d.span.start}"
        if key not in kept:
            kept[key] = self._names_written()
        found: Mapping[str, Span] = kept[key]
        return found

    def _names_written(self) -> dict[str, Span]:
        found: dict[str, Span] = {}
        for node in nodes([self.d.members]):
            name = node.name if isinstance(node, ast.TypeExpr) else None
            if isinstance(node, (ast.Name, ast.Attr)):
                name = dotted(node)
            if name is not None and (name not in found or node.span.start < found[name].start):
                found[name] = node.span
        return found

    def _spaces(
        self, names: Mapping[str, Dim | None], facts: Facts, components: Mapping[str, Component]
    ) -> tuple[dict[str, Space | None], dict[str, Coding]]:
        """Spaces by name, those from elsewhere too: None for broken ones and for those that nothing uses."""
        builder = SpaceBuilder(self.d, names, facts, components, self.bag)
        found: dict[str, Space | None] = {}
        for d in self.of(ast.SpaceDecl):
            here = Definition(d, self.definition.module, self.d)
            found[d.name.id] = builder.build(here, d.name.id, None)
        used = self._used
        for name, definition in self._elsewhere(ast.SpaceDecl).items():
            found[name] = builder.build(definition, name, used[name]) if name in used else None
        return {**self._broken(used), **found}, builder.codings

    def _broken(self, used: Iterable[str]) -> dict[str, None]:
        """Names from elsewhere whose own declaration or import went wrong."""
        module = self.definition.module
        found = {name for name in used if name.partition(".")[0] in module.broken}
        for alias, named in module.names.items():
            if isinstance(named, Namespace):
                found |= {f"{alias}.{name}" for name in named.module.broken}
        return dict.fromkeys(found)

    def _records(
        self, names: Mapping[str, Dim | None], facts: Facts, spaces: Mapping[str, Space | None]
    ) -> dict[str, Record | None]:
        annotations = Annotations(names, facts, spaces, {}, self.bag)
        found: dict[str, Record | None] = {}
        for d in self.of(ast.RecordDecl):
            found[d.name.id] = record(d, annotations, self.bag)
        used = self._used
        for name, definition in self._elsewhere(ast.RecordDecl).items():
            found[name] = None
            if name in used:
                bag = Bag()
                d = definition.declaration
                assert isinstance(d, ast.RecordDecl)
                found[name] = record(d, replace(annotations, bag=bag), bag)
                moved(bag.found, used[name], self.bag)
        return {**self._broken(used), **found}

    # process

    def _process(self, now: Changes) -> Process | None:
        own = list(self.of(ast.ProcessDecl))
        for extra in own[1:]:
            self.bag.error(
                "duplicate-name",
                f"family `{self.name}` has two processes",
                extra.name.span,
                labels=(Label(own[0].name.span, "the first one"),),
                help="a family has one process",
            )
        found = own[:1] or self._shared_processes()
        if len(found) != 1:
            return None
        d: ast.ProcessDecl = found[0]
        model = process.build(d, self.bag, now.components)
        if now.shift is None or model is None:
            return model
        return process.with_shift(model, now.shift, self.bag)

    def _shared_processes(self) -> list[ast.ProcessDecl]:
        found = [n for n in self.definition.module.names.values() if isinstance(n, Definition)]
        return [n.declaration for n in found if isinstance(n.declaration, ast.ProcessDecl)]

    # graphs, parameters, and what must not be missing

    def _check_graphs(self, graphs: Mapping[str, ast.GraphDecl]) -> None:
        for name, declared in graphs.items():
            check_distinct([p.name for p in declared.params], name, self.bag)
        for name in PUBLISHED:
            graph = graphs.get(name)
            if graph is None:
                continue
            if not graph.params or graph.params[0].name.id != "batch":
                self.bag.error(
                    "missing-argument",
                    f"graph `{name}` takes the batch first",
                    graph.params[0].span if graph.params else graph.name.span,
                    help=f"`graph {name}(batch{', ...' if graph.params else ''})`",
                )

    def _check_params(self, params: Mapping[str, ast.Param], annotations: Annotations) -> None:
        read = names_read(expressions_in(self.of(ast.GraphDecl)))
        for name, p in params.items():
            if p.type is not None:
                annotations.resolve(p.type)
            if name not in read:
                self.bag.error(
                    "dead-setting",
                    f"nothing in `{self.name}` reads the parameter `{name}`",
                    p.name.span,
                    "never read",
                    help="remove it, or use it where it was meant",
                )

    def _check_complete(self, stages: Mapping[str, StageModel], graphs: Mapping[str, ast.GraphDecl]) -> None:
        missing = [f"graph `{n}(batch)`" for n in PUBLISHED if n not in graphs]
        kinds = {s.declaration.kind.id for s in stages.values()}
        if "denoise" not in kinds and kinds <= RULES.keys():
            missing.append("a stage of kind `denoise`")
        shared = [] if any(self.of(ast.ProcessDecl)) else self._shared_processes()
        if not shared and not any(self.of(ast.ProcessDecl)) and not self.definition.module.broken:
            missing.append("a process")
        labels = []
        if len(shared) > 1:
            missing.append("a process of its own")
            labels = [Label(p.name.span, "not told which of these") for p in shared]
        if missing:
            last = f" and {missing[-1]}" if len(missing) > 1 else missing[-1]
            self.bag.error(
                "missing-argument",
                f"family `{self.name}` lacks {', '.join(missing[:-1])}{last}",
                self.d.name.span,
                labels=labels,
                help="a method relies on all of: process, denoise stage, graphs cond, uncond, clean, sample",
            )
