"""A denoiser's config against what its stage hands it: channels in and out, patches, widths of the conditioning."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import prod

from ..base.diagnostics import Label
from ..program.family import Family
from ..syntax import ast
from ..syntax.visitor import names_read, nodes
from ..types.types import Space, Tensor
from .comparison import Comparison, Config, calls, channel_axis, channels, latent_space, record_of
from .config_files import whole

KINDS = ("denoise", "feature")

INPUTS: Mapping[str, str] = {
    "hidden_states": "in_channels",
    "sample": "in_channels",
    "x": "in_channels",
    "audio_hidden_states": "audio_in_channels",
}
"""The key that tells how many channels an argument has."""
WIDTHS: Mapping[str, tuple[tuple[str, str | None], ...]] = {
    "encoder_hidden_states": (
        ("crossattn_proj_in_channels", "use_crossattn_projection"),
        ("caption_channels", None),
        ("text_dim", None),
        ("text_embed_dim", None),
        ("cap_feat_dim", None),
        ("in_text_dim", None),
        ("context_in_dim", None),
        ("encoder_hid_dim", None),
        ("joint_attention_dim", None),
        ("cross_attention_input_dim", None),
        ("cross_attention_dim", None),
    ),
    "encoder_hidden_states_image": (("image_dim", None),),
    "pooled_projections": (("pooled_projection_dim", None),),
}
"""The keys that tell how wide an argument's rows are, with the flag that a key needs; the first that is set counts."""


def compare(c: Comparison) -> None:
    for stage in c.family.stages.values():
        if stage.kind.id not in KINDS:
            continue
        scope = Scope(c.family, stage)
        for name, method, args in calls(stage, c.family):
            config = c.configs.get(name)
            if config is None or method is not None:
                continue
            for a in args:
                if a.name is not None and a.name in INPUTS and scope.is_input(a.value):
                    others = [other.value for other in args if other.name not in INPUTS]
                    _channels_in(c, config, scope, a, INPUTS[a.name], others)
                if a.name is not None and a.name in WIDTHS:
                    _width(c, config, scope, a, WIDTHS[a.name])
            if stage.kind.id == "denoise":
                _channels_out(c, config, scope)
                _patches(c, config, scope)


class Scope:
    """A stage's parameters, and what is known of expressions over them."""

    def __init__(self, family: Family, stage: ast.StageDecl) -> None:
        self.stage = stage
        self.latents = {p.name.id: s for p in stage.params if (s := latent_space(family, p.type)) is not None}
        self.records = {p.name.id: r for p in stage.params if (r := record_of(family, p.type)) is not None}
        self.noisy = {
            p.name.id for p in stage.params if isinstance(p.type, ast.TypeExpr) and p.type.name == "noisy"
        }
        self.space = next((self.latents[n] for n in self.latents), None)
        self.result = latent_space(family, stage.result)

    def is_input(self, e: ast.Expr) -> bool:
        """Whether latents go in here."""
        return not self.noisy.isdisjoint(names_read([e]))

    def channels(self, e: ast.Expr) -> int | None:
        """How many channels an expression has; None where that cannot be told."""
        match e:
            case ast.Name(id=name) if name in self.latents:
                return channels(self.latents[name])
            case ast.Attr(base=ast.Name(id=name), name=part) if name in self.latents:
                factor = dict(self.latents[name].factors).get(part)
                return channels(factor) if factor is not None else None
            case ast.Attr(base=ast.Name(id=name)) if name in self.records:
                tensor, axis = self.field(e), channel_axis(self.space) if self.space is not None else None
                same = (
                    tensor is not None and self.space is not None and len(tensor.dims) == len(self.space.dims)
                )
                return (
                    tensor.dims[axis].constant if tensor is not None and same and axis is not None else None
                )
            case ast.Call(func=ast.Name(id="concat"), args=args) if self._along_channels(args):
                parts = [self.channels(a.value) for a in args if a.name is None]
                return sum(p for p in parts if p is not None) if None not in parts else None
            case ast.Call(func=ast.Name(id="select"), args=(_, a, b)):
                one, other = self.channels(a.value), self.channels(b.value)
                return one if one == other else None
            case ast.Unary(operand=x):
                return self.channels(x)
            case ast.Binary(left=left, right=right):
                known = {n for n in (self.channels(left), self.channels(right)) if n is not None}
                return known.pop() if len(known) == 1 else None
        return None

    def _along_channels(self, args: tuple[ast.Arg, ...]) -> bool:
        axis = next((a.value for a in args if a.name == "axis"), None)
        return isinstance(axis, ast.Name) and axis.id == "c"

    def field(self, e: ast.Expr) -> Tensor | None:
        """A record's field as it is, `c.embeds`."""
        match e:
            case ast.Attr(base=ast.Name(id=name), name=field) if name in self.records:
                return next((f.type for f in self.records[name].fields if f.name == field), None)
        return None

    def spatial(self, roots: list[ast.Expr]) -> Iterator[ast.Node]:
        """Readings of tensors that have height and width, such as masks and images."""
        for node in nodes(roots):
            tensor = self.field(node) if isinstance(node, ast.Attr) else None
            if (tensor is not None and len(tensor.dims) > 3) or (
                isinstance(node, ast.Name) and node.id in self.latents
            ):
                yield node


def _channels_in(
    c: Comparison, config: Config, scope: Scope, a: ast.Arg, key: str, others: list[ast.Expr]
) -> None:
    """A module that is handed a mask or an image beside the latents may count its channels among its own."""
    expected, found = scope.channels(a.value), config.first(key)
    if expected is None or found is None or key in config.component.config or any(scope.spatial(others)):
        return
    if not _fits(whole(found[1]), expected, config, scope.space):
        label = Label(a.span, f"{expected} channels")
        c.differs(*found, config.file, f"stage `{scope.stage.name.id}` hands it {expected} channels", label)


def _channels_out(c: Comparison, config: Config, scope: Scope) -> None:
    space = scope.result
    expected, found = channels(space) if space is not None else None, config.first("out_channels")
    if expected is None or found is None or "out_channels" in config.component.config:
        return
    if not _fits(whole(found[1]), expected, config, space):
        label = Label(scope.stage.result.span, f"{expected} channels")
        c.differs(*found, config.file, f"`{space}` has {expected} channels", label)


def _fits(found: int | None, expected: int, config: Config, space: Space | None) -> bool:
    """Rows of tokens hold whole patches, and some classes count the channels of one pixel in them."""
    if found == expected:
        return True
    patch = config.values.get("patch_size")
    sides = [whole(p) or 1 for p in patch] if isinstance(patch, list) else [whole(patch) or 1] * 2
    return (
        found is not None
        and space is not None
        and len(space.dims) == 3
        and found * prod(sides[:3]) == expected
    )


def _patches(c: Comparison, config: Config, scope: Scope) -> None:
    """Latents that are no whole number of patches lose rows: most classes round down."""
    space, patch = scope.space, config.values.get("patch_size")
    if space is None:
        return
    sides = [whole(p) for p in patch[-3:]] if isinstance(patch, list) else [whole(patch)] * 2
    by_axis = dict(zip(("w", "h", "t"), reversed(sides)))
    in_time = whole(config.values.get("patch_size_t"))
    if in_time is not None:
        by_axis["t"] = in_time
    for axis, dim in zip(space.axes, space.dims):
        side, size = by_axis.get(axis or ""), dim.constant
        if side is not None and size is not None and size % side:
            key = "patch_size_t" if axis == "t" and in_time is not None else "patch_size"
            says = f"{side} does not divide {axis} = {size} of `{space}`"
            label = Label(scope.stage.name.span, "the network that reads these patches")
            help = "choose sizes that are whole patches, and say so in the family's `sizes`"
            c.differs(key, config.values[key], config.file, says, label, help=help)
            return


def _width(
    c: Comparison, config: Config, scope: Scope, a: ast.Arg, keys: tuple[tuple[str, str | None], ...]
) -> None:
    """Rows of a record's field that are handed over whole are as wide as the module says."""
    tensor = scope.field(a.value)
    expected = tensor.dims[-1].constant if tensor is not None and tensor.dims else None
    usable = [k for k, flag in keys if flag is None or config.values.get(flag) is True]
    found = config.first(*usable)
    if found is None and len(keys) == 1 and keys[0][0] in config.values:
        found = (keys[0][0], None)  # a module that takes no such input
    if expected is None or found is None or found[0] in config.component.config:
        return
    if isinstance(found[1], list) or whole(found[1]) == expected:  # a list has a width for each block
        return
    label = Label(a.span, f"{expected} wide")
    says = f"stage `{scope.stage.name.id}` hands it rows of {expected}"
    c.differs(*found, config.file, says, label)
