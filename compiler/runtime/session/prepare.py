"""A program made ready to run: its module loaded, its roles and data opened, what it depends on hashed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

from torch import nn

from ...driver import build_cache
from ...driver.pipeline import compile
from ...program.averaging import Averaging
from ...program.ops import ROLE
from ...program.typed_program import STORED, TypedRole
from ...program.values import RoleRef, every_value
from ..api.components import Role
from ..api.run_context import Run
from ..api.triton import runs_on
from ..api.verify_kernels import Verifier
from ..base.code_hash import edited_keys
from ..base.encoder_cache import Cache, weights_hash
from ..base.errors import Report, RunError
from ..base.events import DataNews
from ..base.kept_hashes import KeptHashes
from ..base.records import DataRecord
from ..base.run_folder import RunFolder, write_text
from ..base.settings import AveragedWeights, ValidateSettings
from ..data.buckets.bucketed import Bucketed
from ..data.item_order import Named
from ..data.open_data import open_feed
from ..data.prefetch import Feed
from ..data.provenance import Weights, agree
from ..data.samples import Known, Sparing, nothing_known
from ..data.shards import Shards
from ..train import checkpoints
from ..train.ema import Average
from ..weights.load_roles import Registry, load_roles
from ..weights.preparation.finite_weights import require_finite
from ..weights.verify_checkpoint import place_of
from .bucket_runs import OfBucket, of_buckets
from .changed_data import RECORD, follow_data
from .choose_run import Chosen
from .cut_captions import tell_cut_captions
from .plans.fields_read import FieldUses, field_uses
from .plans.load_plan import load_built, load_plan
from .plans.plan_text import plan_text
from .run_request import RunRequest, say
from .validation.own_sizes import at_own_sizes, with_own_sizes

CACHE = "cache"


@dataclass(frozen=True)
class Prepared:
    """What training and producing need of a program.

    `shuffled` gives the data as training sees it, in an order of its own every epoch, `in_order` in the source's own
    order; each is None where nothing reads it. `hashes` are those of frozen weights by `role.component`;
    `fingerprint` has that of the data as well, and `changed_inputs` tells what of it is another than before.
    """

    request: RunRequest
    chosen: Chosen
    text: str
    plan: ModuleType
    roles: Mapping[str, Role]
    averages: Mapping[tuple[str, Averaging], Average]
    shuffled: Feed | None
    in_order: Feed | None
    news: DataNews
    cache: Cache
    hashes: Mapping[str, str]
    fingerprint: Mapping[str, str]
    make_run: Callable[..., Run]
    kept: KeptHashes
    known: Known = nothing_known
    """What of the data's content need not be read, as all that frozen encoders make of it is kept."""
    changed_inputs: tuple[str, ...] = ()
    data_record: DataRecord | None = None
    """What is written down of the data once the run goes on with them."""
    sized: Mapping[str, Prepared] = field(default_factory=dict)
    """The same at other sizes, for blocks `validate` that state their own, by their names."""

    @property
    def folder(self) -> RunFolder:
        return self.chosen.folder

    def close(self) -> None:
        for feed in (self.shuffled, self.in_order):
            if feed is not None:
                feed.close()


def prepare(r: RunRequest, chosen: Chosen, upstream: Mapping[str, Path]) -> Prepared:
    """Writes the module into the folder and opens all that it uses. `upstream` are the run folders of
    programs that this one needs, by name. Raises RunError."""
    p, folder = r.program, chosen.folder
    text = plan_text(r, folder)
    path = folder.path / "plan.py"
    write_text(path, text)
    plan = load_plan(path) if r.built is None else load_built(path, r.built, p)
    registry = Registry(base=Path.cwd(), exports=_exports(upstream))
    roles = load_roles(p.roles, registry, allow_python=r.options.allow_python, device=r.device)
    for role in roles.values():
        for note in role.notes:
            r.say(note)
    kept = KeptHashes(_origins(roles), build_cache.folder() / "weights", r.say)
    news = DataNews(say)
    sized = at_own_sizes(r, folder)
    uses = with_own_sizes(field_uses(text, p.data.fields if p.data is not None else ()), r)
    shuffled, in_order = _feeds(r, news, uses)
    feed = shuffled or in_order
    source = feed.source if feed is not None else None
    if source is not None:
        tell_cut_captions(p, uses, roles, source, news)
    if p.data is not None and isinstance(source, Shards):
        agree(p.data, source.manifest, p, roles, Weights(kept))
    hashes = {
        f"{name}.{part}": kept.taken(
            "exact", partial(_sound_hash, p.roles[name], role, part), f"{name}.{part}", module
        )
        for name, role in roles.items()
        for part, module in role.modules()
        if part not in role.trained
    }
    fingerprint = {**hashes, "data": source.fingerprint() if source is not None else ""}
    recorded = isinstance(source, Named) and (folder.path / RECORD).exists()
    changed = _changed_inputs(chosen, hashes if recorded else fingerprint)
    data_record: DataRecord | None = None
    if p.data is not None and isinstance(source, Named) and r.settings.train is not None:
        place = (Path(p.data.span.source.path), p.data.span.line)
        data_record, told = follow_data(folder, source, r.settings.train, place, news, chosen.asked)
        changed += told
    averages = _averages(r, roles)
    cache = Cache(r.options.runs / CACHE, say)
    buckets = of_buckets(p, plan, roles, averages, hashes)
    if r.built is not None and r.built.edited:
        original = compile(p, "", without=r.options.without).text
        buckets = [replace(b, encoder_keys=edited_keys(b.encoder_keys, text, original)) for b in buckets]
    make_run = _runs(r, buckets, cache)
    _spare(r, uses, cache, buckets, [f for f in (shuffled, in_order) if f is not None])
    made = Prepared(
        r,
        chosen,
        text,
        plan,
        roles,
        averages,
        shuffled,
        in_order,
        news,
        cache,
        hashes,
        fingerprint,
        make_run,
        kept,
        _known(uses, cache, buckets[0].encoder_keys),
        changed,
        data_record,
    )
    others = {}
    for name, s in sized.items():
        own = of_buckets(s.request.program, s.plan, roles, averages, hashes)
        known = _known(field_uses(s.text, p.data.fields if p.data else ()), cache, own[0].encoder_keys)
        run = _runs(s.request, own, cache)
        others[name] = replace(made, request=s.request, text=s.text, plan=s.plan, make_run=run, known=known)
    return replace(made, sized=others)


def _origins(roles: Mapping[str, Role]) -> dict[int, Path]:
    """The folders that modules were loaded from, as they are held."""
    parts = [c for role in roles.values() for c in role.components.values()]
    return {id(c.held): c.origin for c in parts if c.origin is not None}


def _sound_hash(typed: TypedRole, role: Role, part: str, module: nn.Module) -> str:
    """The hash of frozen weights, all of them finite. Raises RunError where some are not."""
    source = str(role.components[part].origin or role.source)
    require_finite(f"weights of `{role.name}.{part}`", module.state_dict(), source, place_of(typed.span))
    return weights_hash(module)


def _exports(upstream: Mapping[str, Path]) -> dict[str, Path]:
    """Folders of exported roles by `program.role`."""
    return {
        f"{name}.{role.name}": role
        for name, path in upstream.items()
        for role in (path / "export").glob("*")
        if role.is_dir()
    }


def _feeds(r: RunRequest, report: Report, uses: FieldUses) -> tuple[Feed | None, Feed | None]:
    p = r.program
    stores = any(item.kind == STORED for item in p.produce)
    shows = bool(p.updates) or any(item.kind != STORED for item in p.produce)
    kept = r.options.runs / CACHE
    read = None if _shows_data(r) else uses.read
    shuffled = open_feed(p, r.device, report, kept=kept, read=read) if shows else None
    once = report if shuffled is None else lambda line: None
    return shuffled, open_feed(p, r.device, once, shuffled=False, kept=kept, read=read) if stores else None


def _shows_data(r: RunRequest) -> bool:
    """Whether sheets show the data's pixels beside what is made."""
    return any(item.kind != STORED for item in r.program.produce)


def _spare(
    r: RunRequest,
    uses: FieldUses,
    cache: Cache,
    buckets: Sequence[OfBucket],
    feeds: Sequence[Feed],
) -> None:
    """Lets the data leave unread what frozen encoders alone would read, where all that they make of it is kept."""
    if _shows_data(r):
        return
    known = [_known(uses, cache, bucket.encoder_keys) for bucket in buckets]
    for feed in feeds:
        if isinstance(feed.source, Bucketed):
            feed.source.spare_each(known)
        elif isinstance(feed.source, Sparing):
            feed.source.spare(known[0])


def _known(uses: FieldUses, cache: Cache, stages: Mapping[str, Mapping[str, str]]) -> Known:
    """Whether all that is made of a field's content, by its key, is kept."""
    keys = {
        field: [stages.get(f"{e.role}.{e.stage}") if e.inputs == 1 else None for e in uses.encoded[field]]
        for field in uses.only_encoded
    }

    def known(field: str, key: str) -> bool:
        return field in keys and all(
            stage is not None and cache.holds({**stage, "input.0": key}) for stage in keys[field]
        )

    return known


def _changed_inputs(chosen: Chosen, hashes: Mapping[str, str]) -> tuple[str, ...]:
    """A run goes on only with the data and the frozen weights that it began with, unless it is asked to go on with others.
    Raises RunError."""
    lock, folder = chosen.before, chosen.folder
    if lock is None or not checkpoints.complete(folder.checkpoints):
        return ()
    changed = [n for n, h in hashes.items() if lock.hashes.get(n, h) != h]
    if changed and not chosen.asked:
        raise RunError(
            "data-mismatch",
            f"{', '.join(changed)} changed since this run began",
            help=f"put it back to go on from the last checkpoint, go on with it by `--continue {folder.path}`, or begin anew "
            "with --fresh",
            facts=(f"run folder: {folder.path}",),
        )
    return tuple(f"{name}: other {'samples' if name == 'data' else 'weights'}" for name in changed)


def _averages(r: RunRequest, roles: Mapping[str, Role]) -> dict[tuple[str, Averaging], Average]:
    """Those that losses, samples and validation read."""
    p = r.program
    roots = [v for u in p.updates for _, v in u.losses]
    roots += p.samples.values()
    refs = [ROLE.find(v) for v in every_value(roots)]
    read = {(ref.name, ref.average) for ref in refs if isinstance(ref, RoleRef) and ref.average is not None}
    wanted = sorted(read, key=lambda key: (key[0], key[1].written))
    blocks = [ValidateSettings.model_validate(v.settings) for v in p.validations]
    for shown in (b.weights for b in blocks if isinstance(b.weights, AveragedWeights)):
        chosen = [shown.role] if shown.role else [n for n, role in roles.items() if role.trainable]
        wanted += [(name, shown.averaging) for name in chosen]
    return {key: Average(roles[key[0]], key[1]) for key in dict.fromkeys(wanted)}


def _runs(r: RunRequest, buckets: Sequence[OfBucket], cache: Cache) -> Callable[..., Run]:
    """Makes the run of a micro-batch, given the number of its bucket, its step, its draws and the like."""
    verifier = _verifier(r)
    one_by_one: set[str] = set()

    def make_run(bucket: int = 0, **given: Any) -> Run:
        of = buckets[bucket]
        return Run(
            roles=of.roles,
            device=r.device,
            averages=of.averages,
            sizes=of.sizes,
            cache=cache,
            encoder_keys=of.encoder_keys,
            verifier=verifier,
            one_by_one=one_by_one,
            say=r.say,
            **given,
        )

    return make_run


def _verifier(r: RunRequest) -> Verifier | None:
    if not r.options.verify:
        return None
    if not runs_on(r.device):
        r.say("no kernels run on this device, so there is none to verify; torch computes every group")
    return Verifier(r.say)
