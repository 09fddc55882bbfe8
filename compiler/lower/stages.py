"""A role's stage as a function of the emitted module: its `by` expression over its parameters, and a space's
normalisation where clean latents leave or enter the codec."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..base.frozen import replace, struct
from ..ir.graph import BATCH, Array, Fields, Function, Type
from ..program.process import Process
from ..program.typed_program import TypedRole
from ..syntax import ast
from .array_types import declared
from .builder import Builder
from .family_expressions import Formula, inverted

CODEC_IN, CODEC_OUT = frozenset({"encode"}), frozenset({"decode", "audio_decode"})
UNTRAINED = frozenset({"encode", "decode", "audio_decode"})


@struct
class Roles:
    """The program's roles, with their processes as the checker reads them."""

    typed: Mapping[str, TypedRole]

    def model(self, name: str) -> Process:
        return self.typed[name].family.process

    def is_trained(self, name: str) -> bool:
        return str(self.typed[name].settings.get("train", "frozen")) != "frozen"


def callee(role: str, decay: float | None) -> str:
    """A role as the emitted module reaches it."""
    return f"run.{role}" if decay is None else f'run.averaged("{role}", {decay!r})'


def is_time(param: ast.Param) -> bool:
    return isinstance(param.type, ast.TypeExpr) and param.type.name == "time"


def touches(declaration: ast.StageDecl, role: TypedRole) -> frozenset[str]:
    """Components that a stage may run. Of a Python stage it is not known; encoders and decoders leave out
    trained ones."""
    components = role.family.components
    if isinstance(declaration.by, ast.ByComponent):
        named = {declaration.by.component.id, *(n for a in declaration.by.args for n in _names(a.value))}
        return frozenset(named & set(components))
    fixed = declaration.kind.id in UNTRAINED
    return frozenset(n for n, c in components.items() if not (fixed and c.trainable))


def _names(e: ast.Expr) -> frozenset[str]:
    match e:
        case ast.Name(id=name):
            return frozenset({name})
        case ast.Call(func=func, args=args):
            return _names(func).union(*(_names(a.value) for a in args))
        case ast.Binary(left=left, right=right):
            return _names(left) | _names(right)
        case ast.Unary(operand=x) | ast.Attr(base=x):
            return _names(x)
        case _:
            return frozenset()


def trainable(declaration: ast.StageDecl, role: TypedRole) -> bool:
    """Whether a stage may run components that a role of this family can train, so that moving averages of it differ."""
    return any(role.family.components[n].trainable for n in touches(declaration, role))


def identity(
    declaration: ast.StageDecl, role: TypedRole, decay: float | None, frozen: bool
) -> tuple[object, ...]:
    """Equal for two roles' stages that do the same with the same weights.

    Frozen weights depend on where they come from and on how they are stored; those of a trained role, and of
    each moving average of it, are its own.
    """
    family, own = role.family, trainable(declaration, role)
    if not frozen or (decay is not None and own):
        return (role.name, decay)
    stored = "f32" if role.settings.get("precision") == "f32" else "bf16"
    held = (role.settings.get("attention"), role.settings.get("init")) if own else ()
    return (family.path, family.name, family.variant, declaration.name.id, role.source, stored, *held)


def stage_function(
    name: str,
    role: TypedRole,
    decay: float | None,
    declaration: ast.StageDecl,
    arguments: Sequence[Type],
    result: Type,
    roles: Roles,
) -> Function:
    """`arguments` and `result` are the run-time types of its first call."""
    b = Builder()
    b.span = declaration.span
    frozen = decay is not None or not (roles.is_trained(role.name) and trainable(declaration, role))
    params = [
        b.add("param", (), Array((BATCH,)) if is_time(p) else type, hint=p.name.id, spread=is_time(p))
        for p, type in zip(declaration.params, arguments, strict=True)
    ]
    names = {p.name.id: i for p, i in zip(declaration.params, params, strict=True)}
    like = next((i for i in params if _is_latent(b.type(i))), None)
    for p in declaration.params:
        if is_time(p) and isinstance(p.type, ast.TypeExpr) and p.type.dims and like is not None:
            t = b.add("per_sample", (names[p.name.id], like), Array((BATCH,)), hint=p.name.id)
            names[p.name.id] = t
    where = callee(role.name, decay)
    times = frozenset(p.name.id for p in declaration.params if is_time(p))
    formula = Formula(b, role, roles.model(role.name), where, names, times)
    if declaration.kind.id in CODEC_OUT:
        for p in declaration.params:
            normalised = _normalisation(p.type, role)
            if normalised is not None:
                latents = _aligned(formula, b.type(names[p.name.id]))
                names[p.name.id] = inverted(normalised, "z", names[p.name.id], latents)
    made = _call(formula, declaration, names, result, f"{role.name}.{declaration.name.id}")
    b.nodes[made] = replace(b.nodes[made], type=result, hint="z")
    if declaration.kind.id in CODEC_IN:
        made = _normalised(formula, declaration.result, made, result, names)
    graph = b.graph([("", made)], params)
    return Function(
        name,
        "stage",
        graph,
        declaration.span,
        tuple(p.name.id for p in declaration.params),
        f"stage {declaration.name.id} of {role.name}",
        role=(role.name, decay),
        frozen=frozen,
        identity=identity(declaration, role, decay, frozen),
        stage=declaration.name.id,
        stage_kind=declaration.kind.id,
        types=tuple(b.type(p) for p in params),
        result=result,
    )


def _call(
    formula: Formula, declaration: ast.StageDecl, names: Mapping[str, int], result: Type, what: str
) -> int:
    by = declaration.by
    formula = replace(formula, result=result)
    if isinstance(by, ast.ByComponent):
        if by.component.id in formula.role.family.components:
            return formula.component(by, by.component.id, by.method, by.args)
        call = ast.Call(by.span, by.component, by.args)
        return formula(call)
    b = formula.build
    return b.add(
        "python",
        list(names.values()),
        result,
        callee=f"{formula.callee}.binding.{by.function.id}",
        role=formula.callee,
        declared=declared(result, declaration.span),
        what=f'"{what}"',
    )


def _is_latent(type: Type) -> bool:
    return isinstance(type, Array) and len(type.dims) > 1 and type.dtype not in ("str", "i64", "mask")


def _normalised(
    formula: Formula, declared: ast.AnyType | None, made: int, type: Type, names: Mapping[str, int]
) -> int:
    """What an encoder gave, normalised: clean latents, and the latents of a record."""
    b, role = formula.build, formula.role
    normalise = _normalisation(declared, role)
    if normalise is not None:
        return replace(_aligned(formula, type), names={**names, "z": made})(normalise)
    record = role.family.records.get(declared.name) if isinstance(declared, ast.TypeExpr) else None
    if record is None or not isinstance(type, Fields) or all(f.space is None for f in record.fields):
        return made
    parts = []
    for f, (name, part) in zip(record.fields, type.fields, strict=True):
        at = b.add("field", (made,), part, name=name, hint=name)
        normalise = _normalise_of(f.space.name, role) if f.space is not None else None
        if normalise is not None:
            at = replace(_aligned(formula, part), names={**names, "z": at})(normalise)
        parts.append(at)
    return b.add("fields", parts, type, names=tuple(name for name, _ in type.fields))


def _aligned(formula: Formula, type: Type) -> Formula:
    rank = len(type.dims) if isinstance(type, Array) else 0
    return replace(formula, rank=rank, names=dict(formula.names))


def _normalisation(type: ast.AnyType | None, role: TypedRole) -> ast.Expr | None:
    """A space's `normalize` where a type is `clean[S]`."""
    if not isinstance(type, ast.TypeExpr) or type.name != "clean" or not type.dims:
        return None
    space = type.dims[0].value
    return _normalise_of(space.id, role) if isinstance(space, ast.Name) else None


def _normalise_of(space: str, role: TypedRole) -> ast.Expr | None:
    declaration = role.family.space_declarations.get(space)
    if declaration is None:
        return None
    return next((e.value for e in declaration.entries if e.name == "normalize"), None)
