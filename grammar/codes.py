"""What each diagnostic means: the pages of `fdc explain` and of diagnostics.md, from one table.

Every page shows a program that is refused with its code and no other, and the same program put right. The two
differ in the pieces that `changes` names, so that a reader sees what matters.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from ..compiler.base.frozen import field, struct
from .samples import (
    FAMILY,
    METHOD,
    PICTURES,
    PROGRAM,
    RELATIVES,
    REWARD,
    ROLLOUT,
    SCORES,
    STORED,
    TAUGHT,
    WRITTEN_OUT,
)


@struct
class Page:
    """`fixed` is a right program; each of `changes` replaces a piece of it by one that is wrong.

    `files` lie beside the program; what they hold matters.
    """

    title: str
    means: str
    why: str
    fixed: str
    changes: tuple[tuple[str, str], ...]
    files: Mapping[str, str] = field(default_factory=dict)

    @property
    def failing(self) -> str:
        text = self.fixed
        for right, wrong in self.changes:
            if text.count(right) != 1:
                raise ValueError(f"{right!r} stands {text.count(right)} times in the example")
            text = text.replace(right, wrong)
        return text


SYNTAX_AND_NAMES = {
    "syntax": Page(
        "the text leaves the grammar",
        "Something is missing, misspelt or in the wrong place. Each broken declaration gives one such "
        "message; the others are read and checked all the same. What is larger or deeper than can be followed "
        "is told under this code, too.",
        "Nothing can be said about a declaration that cannot be read.",
        METHOD,
        (("student.target(x0, eps, t))", "student.target(x0, eps, t)"),),
    ),
    "unknown-name": Page(
        "a name that nothing defines",
        "The name stands for no role, binding, parameter, graph, component or built-in function that is "
        "visible here. The nearest known name is offered.",
        "A misspelt name would otherwise be found hours later, or never.",
        METHOD,
        (("student.cond(batch)", "studnet.cond(batch)"),),
    ),
    "duplicate-name": Page(
        "a name with two definitions",
        "A name has one definition in its scope. Only a `for` may bind names from outside anew: they are "
        "carried from round to round.",
        "With two definitions a reader cannot tell which one counts.",
        METHOD,
        (("    t ~ uniform(0, 1)\n", "    t ~ uniform(0, 1)\n    t ~ uniform(0, 0.5)\n"),),
    ),
    "unknown-import": Page(
        "an import that finds nothing",
        "There is no family or method of that name, built in or installed, or no readable file at that "
        "path. Paths are relative to the file that imports.",
        "Nothing that the import should bring is known.",
        PROGRAM,
        (("import finetune", "import fintune"), ("use finetune(student)", "use fintune(student)")),
    ),
    "import-cycle": Page(
        "files that import each other",
        "A file imports another that, directly or by way of more files, imports the first.",
        "Definitions would stand on themselves. What both files need belongs in a third.",
        METHOD,
        (("method fit", 'import "./example.fdl" as itself\n\nmethod fit'),),
    ),
    "unknown-parameter": Page(
        "an argument for which there is no parameter",
        "A method, graph, stage or function is given an argument that it does not take.",
        "An option that nothing reads would be ignored in silence.",
        PROGRAM,
        (("use finetune(student)", "use finetune(student) { tiems = uniform(0, 1) }"),),
    ),
    "missing-argument": Page(
        "something required is not given",
        "A call, a declaration or a program lacks a part that has no default.",
        "There is no value that would be right for everybody.",
        METHOD,
        (("student.noisy(x0, eps, t)", "student.noisy(x0, eps)"),),
    ),
    "type-mismatch": Page(
        "a value of another type than is wanted here",
        "Numbers, strings, lists, times, records, latents and pixels do not stand in for one another.",
        "Every wire of a program carries one known type; that is what lets it be checked before it runs.",
        PROGRAM,
        (("prompt: str", "prompt: int"),),
    ),
}

DIMS = {
    "dim-mismatch": Page(
        "two dims that are not the same size",
        "Sizes are compared as formulas over the names in `sizes`: both sides are shown, with where each "
        "comes from.",
        "A network built for one size fails on, or silently broadcasts over, another.",
        PROGRAM,
        (("pixels[b, 3, F, H, W]", "pixels[b, 3, F, W, H]"),),
    ),
    "rank-mismatch": Page(
        "another number of dims",
        "A tensor has more or fewer axes than is wanted here.",
        "An image is not a video of one frame until something says so.",
        PROGRAM,
        (("pixels[b, 3, F, H, W]", "pixels[b, 3, H, W]"),),
    ),
    "not-divisible": Page(
        "a division that is not known to be exact",
        "`H/8` states that 8 divides H. `sizes` must say so, as `H = 8*m` does. Latent frames that do not divide into the "
        "chunks of a draw leave a last chunk that is shorter: a warning, and the program is accepted.",
        "Most libraries round down and train on other data than was asked for.",
        FAMILY,
        (("H = 8*m", "H = m"),),
    ),
    "size-not-accepted": Page(
        "a size that the family does not accept",
        "A family's `sizes` say which sizes its networks take. The nearest legal values are offered.",
        "Most libraries round to a legal size in silence, and the clip loses frames or pixels.",
        PROGRAM,
        (("F = 81", "F = 80"),),
    ),
    "dtype-mismatch": Page(
        "another kind of number in a tensor",
        "A tensor holds integers, floats or a mask where another of these is wanted. Latents are floats.",
        "Precision is lost, or an integer index is read as a measurement.",
        FAMILY,
        (("bf16[b, 4, h", "i64[b, 4, h"),),
    ),
}

LATENTS = {
    "space-mismatch": Page(
        "latents of another space",
        "Latent spaces are told apart by name, not by size: two families share one only if both name the "
        "same declaration. `bridge(x0, to = role)` decodes and encodes again.",
        "Many autoencoders have 16 channels at stride 8, and none can read another's latents.",
        RELATIVES,
        (
            ("import wan { wan21 }\n", ""),
            (
                "  process flow",
                "  space wan21 = bf16[b, 16, t = (F - 1)/4 + 1, h = H/8, w = W/8] from vae {\n"
                "    normalize = z*0.5\n  }\n  process flow",
            ),
        ),
    ),
    "quantity-mismatch": Page(
        "another mix of data and noise",
        "Every latent is `a*x0 + b*eps` for known a and b. What is given here has other coefficients than "
        "what is wanted.",
        "The loss would go down, and the network would learn something else than the sampler assumes.",
        WRITTEN_OUT,
        (("eps - x0", "eps"),),
    ),
    "sign-mismatch": Page(
        "a quantity compared with its negative",
        "The two sides are the same mix of data and noise but for the sign. As a warning: guidance leads away from the "
        "prompt, or like things are added where their difference is meant, two latents or two distances.",
        "A velocity is written `eps - x0` by some and `x0 - eps` by others; the wrong one trains without "
        "complaint.",
        WRITTEN_OUT,
        (("eps - x0", "x0 - eps"),),
    ),
    "time-mismatch": Page(
        "latents of one time used at another",
        "The network is told a noise level that is not the one at which these latents were noised.",
        "Each draw of a time is another value, however alike the names are.",
        WRITTEN_OUT,
        (
            ("    eps ~ noise[student]\n", "    eps ~ noise[student]\n    other ~ uniform(0, 1)\n"),
            ("student.predict(xt, t,", "student.predict(xt, other,"),
        ),
    ),
    "process-mismatch": Page(
        "latents noised by another process",
        "These latents were mixed by one noise process and are given to a network of another. Where "
        "signal-to-noise ratios can be matched, `recast(x, t, to = role)` rescales them.",
        "A flow at s and a variance-preserving process at s differ in scale and in noise.",
        RELATIVES,
        (("noisy = (1 - s)*x0 + s*eps, predict = eps - x0", "noisy = a*x0 + s*eps, predict = eps"),),
    ),
    "not-a-time": Page(
        "a number where a time is due",
        "A time is a noise level with an owner. `ticks([750])` reads a family's ticks, `sigmas([0.5])` "
        "noise levels.",
        "750 is a tick of one family, a noise level of none, and out of range for a third.",
        METHOD,
        (("student.predict(xt, t,", "student.predict(xt, 750,"),),
    ),
    "time-shape": Page(
        "a time with other axes",
        "A stage wants one time a sample, a frame or a token, and is given another. "
        "`t ~ d per frame` draws one for each frame.",
        "A time for each frame that is read as one for each sample trains on levels that nobody chose.",
        WRITTEN_OUT,
        (("    t ~ uniform(0, 1)\n", "    t ~ uniform(0, 1) per frame\n"),),
    ),
    "noise-start": Page(
        "pure noise taken for less",
        "A rollout starts from a draw of noise, and its first time says that the latents are not pure noise.",
        "A student that is trained from the wrong start is sampled from another.",
        ROLLOUT,
        (("ticks([1000, 500])", "ticks([757, 522])"),),
    ),
    "top-level": Page(
        "a network asked where its prediction tells nothing",
        "Where nothing but noise is left, a network that says `eps` says what it was given: no clean data follows from it. "
        "`range = [0, 0.9977]` in a process says at which sigma it ends; grids begin there, and pure noise counts as noisy "
        "from there on.",
        "The samples of such a network are not numbers.",
        FAMILY.replace(
            "process flow { noisy = (1 - s)*x0 + s*eps, predict = eps - x0, ticks = 1000*s }",
            "process vp { noisy = a*x0 + s*eps, predict = eps, ticks = 1000*s, range = [0, 0.9977] }",
        ).replace(
            "graph sample(batch) { return decode_image(clean(batch)) }",
            """graph sample(batch) {
    c = cond(batch)
    x ~ noise[image]
    for (t, next) in grid(20) {
      e = denoise(x, t, c)
      x = next.alpha*(x - t.sigma*e)/t.alpha + next.sigma*e
    }
    return decode_image(x)
  }""",
        ),
        ((", range = [0, 0.9977]", ""),),
    ),
    "nonlinear-quantity": Page(
        "a non-linear function of latents used as latents",
        "A product of two latents, a square or an absolute value is no mix of data and noise; it may feed "
        "scalars and weights. `expr as clean[S]` asserts what the algebra cannot follow.",
        "What such a value is at a noise level is not defined.",
        METHOD,
        (("student.predict(xt, t,", "student.predict(abs(xt), t,"),),
    ),
    "target-unseen": Page(
        "a target that the network cannot know of",
        "What is left of prediction minus target holds data or noise that is not in the network's input, or an estimate "
        "that shares neither data nor draws with it. A target that descends from a further draw is a warning.",
        "The network can only answer with the mean over what it does not see. The loss falls all the same, so that the run "
        "looks right.",
        METHOD.replace("student.predict(", "student.eps(").replace("student.target(x0, eps, t)", "eps"),
        (
            ("    loss flow", "    other ~ noise[student]\n    loss flow"),
            ("batch)), eps)", "batch)), other)"),
        ),
    ),
}

CONDITIONING = {
    "record-mismatch": Page(
        "a record with other fields",
        "Records are compared field by field: names, dims, dtypes. The field that is missing or differs is "
        "named.",
        "A network reads each field of the record that it was trained with.",
        RELATIVES,
        (("embeds: bf16[b, 512, 4096]", "embeds: bf16[b, 256, 4096]"),),
    ),
    "missing-condition": Page(
        "a batch without what a condition is made from",
        "A family's `cond` reads a field of the batch that the program's data does not have.",
        "There is nothing to condition on.",
        PROGRAM,
        (("prompt: str, ", ""),),
    ),
    "pad-mismatch": Page(
        "rows past the end are treated otherwise",
        "Two records have the same fields and different rules for padding: `zero`, `attend` or `mask`.",
        "A network that attends to padding which it never saw gives worse results and no error.",
        RELATIVES,
        (("pad = zero", "pad = attend"),),
    ),
    "attention-grid": Page(
        "a sparse attention whose tiles do not suit the tokens",
        "Block-sparse attention works on tiles of the token grid, which follows from the latents and the patch "
        "size. `vmoba` and `bsa` want whole tiles, `vsa` tiles of 64 or 256 tokens and heads of 64 or 128 "
        "channels, and each must pick at least one block. A family that does not say how latents become tokens "
        "(`tokens = [t, h/2, w/2]`, or `patch_size` in its config) leaves it open, which is refused too.",
        "A part of the video would be left out, or the kernel would stop in the middle of a run.",
        PROGRAM.replace("train = full", "train = full, attention = dense"),
        (("attention = dense", "attention = vmoba(chunk = [3, 4, 4], topk = 3)"),),
    ),
}

ROLES = {
    "no-gradient": Page(
        "a loss that cannot teach the role it is for",
        "An update names the roles that it trains; no gradient of its losses reaches their parameters. A run ends with "
        "this code where a role's gradient is exactly zero in three updates in a row and nothing else moves its weights.",
        "The optimizer would step on nothing.",
        METHOD,
        (
            (
                "mse(student.predict(xt, t, student.cond(batch)),",
                "mse(stop(student.predict(xt, t, student.cond(batch))),",
            ),
        ),
    ),
    "not-trainable": Page(
        "an update of a role that is frozen",
        "A role is frozen unless it says `train = full` or `train = lora(rank = 16)`.",
        "A frozen role has no trainable parameters, and no memory is kept for their gradients.",
        PROGRAM,
        ((" { train = full }", ""), ("  optimize student = adamw(lr = 1e-5)\n", "")),
    ),
    "no-optimizer": Page(
        "a trained role without an optimizer",
        "Each role that says `train` needs its own `optimize ROLE = adamw(lr = ...)`.",
        "There is no learning rate that is right for every network.",
        PROGRAM,
        (("  optimize student = adamw(lr = 1e-5)\n", ""),),
    ),
    "never-updated": Page(
        "a trained role that no update names",
        "The role says `train`, and no update of the method minimises a loss over it. As a warning: no step of the run, or "
        "none that a condition of an update is for, comes about within `train { steps = ... }`.",
        "Its weights would stay as they were, and its memory would be spent for nothing.",
        RELATIVES,
        (
            ('kin("checkpoints/kin")', 'kin("checkpoints/kin") { train = full }'),
            ("  train { steps", "  optimize teacher = adamw(lr = 1e-5)\n  train { steps"),
        ),
    ),
    "unused-role": Page(
        "a role that nothing uses",
        "The role is passed to no method and named in no update, graph or block. Or it is trained on samples of another "
        "role, and no other update asks it: a warning, and the program is accepted.",
        "A network would be loaded for nothing, or another role was meant.",
        PROGRAM,
        (("  data clips", '  role teacher = wan.t2v_14b("checkpoints/large")\n  data clips'),),
    ),
    "rank-divergence": Page(
        "control flow that differs between machines",
        "A draw that decides how often a loop runs is made once a step for everybody: `per step`.",
        "Sharded machines that disagree on the number of forward passes wait for each other for ever.",
        ROLLOUT,
        ((" per step", ""),),
    ),
}

# All keys are left out but one: what a config does not say is no mismatch.
SMALL_WAN = {
    "checkpoints/wan/transformer/config.json": '{ "num_layers": 30 }',
    "checkpoints/wan/vae/config.json": "{}",
    "checkpoints/wan/text_encoder/config.json": "{}",
    "checkpoints/wan/tokenizer/tokenizer_config.json": "{}",
}

SETTINGS_AND_DATA = {
    "unknown-setting": Page(
        "a setting that does not exist",
        "The block has no entry of that name. The nearest one is offered.",
        "A misspelt setting would be ignored, and the default used in silence.",
        PROGRAM,
        (("steps = 1000", "stepz = 1, steps = 1000"),),
    ),
    "bad-setting": Page(
        "a value that a setting does not take",
        "The value has the wrong type, is out of range, or is none of the words that are allowed.",
        "It is refused where it stands rather than where it would fail.",
        PROGRAM,
        (("steps = 1000", "steps = -1"),),
    ),
    "dead-setting": Page(
        "a parameter or setting that nothing reads",
        "It is declared, may be set, and changes nothing.",
        "Days are lost on options that turn out to be ignored.",
        METHOD,
        (("  update student", "  param gamma: float = 1.0\n\n  update student"),),
    ),
    "lr-too-small": Page(
        "steps that bf16 rounds away",
        "Weights stored in bf16 without float32 master copies change only by half a unit in their last "
        "place or more; this learning rate is under that for typical weights. `precision = bf16` keeps "
        "master copies.",
        "The loss is noisy either way, so weights that stand still are hard to notice.",
        PROGRAM,
        (("train = full", "train = full, precision = pure_bf16"), ("1e-5", "2e-6")),
    ),
    "mesh-mismatch": Page(
        "a mesh that does not divide the work",
        "`batch` is divisible by `replicate` x `shard` x `accumulate`, and what `sequence` splits has "
        "whole parts.",
        "Machines would work on different numbers of samples, and the mean over them would be wrong.",
        PROGRAM,
        (("batch = 8 }", "batch = 8 }\n  mesh { shard = 3 }"),),
    ),
    "data-mismatch": Page(
        "data that is not what the program says",
        "A data set that `produce` wrote carries a manifest: its fields, the latent space with its "
        "normalisation, clean data or noise, dtypes, padding, sizes, and hashes of the weights that made it. "
        "Something there differs from what `data` declares, or, where a program of the same file writes it, "
        "from what that program will write. At run time: weights differ from those of a role, a file is "
        "damaged, or too many cannot be read.",
        "Latents of another codec, and noise in place of data, have the right size and the wrong meaning.",
        STORED,
        (("clean: clean[student]", "start: clean[student]"),),
    ),
    "not-run-yet": Page(
        "what is checked, and does not run yet",
        "The language says it, and this version does not do it: sparse `attention`, `offload`, stages of kind `refine`. "
        "A `mesh` of several ranks and checkpoints that are written beside the training (`async`) are warnings: they change "
        "no result, and `fdc run` refuses them before it reads anything.",
        "What `fdc check` accepts runs, and does what it says.",
        PROGRAM,
        (("train = full", "train = full, offload = true"),),
    ),
    "missing-file": Page(
        "a file or folder that is not there",
        "A path that the program names, or a file that must be in it, does not exist; or a data set is there "
        "in part, because its run has not ended. Relative paths start where the command is run.",
        "It is looked for before the first step, not after the first hour.",
        PROGRAM,
        (('"checkpoints/wan"', '"checkpoints/half"'),),
        files={**SMALL_WAN, "checkpoints/half/vae/config.json": "{}"},
    ),
}

CHECKPOINTS = {
    "config-mismatch": Page(
        "a checkpoint that is not what the family says",
        "A checkpoint's configs are compared with what the family says before weights are read: classes and "
        "`config` facts of the components, channels and compression of the latent space, the constants of its "
        "normalisation, the scheduler's prediction, ticks and shift, tokens and widths of the conditioning. "
        "`fdc check` does so for a folder that is there, `fdc run` for every source.",
        "Weights that happen to fit would be loaded into a network that computes something else.",
        PROGRAM,
        (("wan.t2v_1_3b", "wan.t2v_14b"),),
        files=SMALL_WAN,
    ),
}

LINTS = {
    "redundant-stop": Page(
        "a `stop` that cuts nothing",
        "No gradient would flow here without it. A warning: the program is accepted.",
        "It makes a reader look for a gradient that does not exist.",
        METHOD,
        (("student.target(x0, eps, t)", "stop(student.target(x0, eps, t))"),),
    ),
    "unused-binding": Page(
        "a binding that nothing reads",
        "A warning: the program is accepted, and the value is never computed. A name that begins with `_` "
        "is meant so.",
        "Often another name was meant where this one should be read.",
        METHOD,
        (("    loss flow", "    u = student.uncond(batch)\n    loss flow"),),
    ),
    "constant-loss": Page(
        "a loss that does not depend on what is trained",
        "An update has several losses, and one of them has no gradient. A warning: the program is accepted.",
        "It moves the reported number and no weight.",
        METHOD,
        (("  }\n}\n", "    loss drift = mse(xt, stop(xt))\n  }\n}\n"),),
    ),
    "asserted-quantity": Page(
        "a quantity that is taken on trust",
        "`expr as clean[S]` states what the algebra cannot derive: a jvp, a learned map. Where the algebra can "
        "follow and finds something else, the claim is told. `fdc check --explain` lists every claim.",
        "These are the places to look at first when a run learns the wrong thing.",
        METHOD.replace(
            "    loss flow",
            "    near = tanh(x0) as clean[student]\n    loss keep = mse(near, x0)\n    loss flow",
        ).replace("mse(near, x0)", "mse(student.x0(xt, t, student.cond(batch)), near)"),
        (("tanh(x0) as clean", "xt as clean"),),
    ),
    "redundant-allow": Page(
        "an `allow` that silences nothing",
        "`allow(CODE)` says that the statement or member right after it may give the warning CODE; its doc comment says "
        "why. Here nothing of the kind is warned about: it was mended, or stands elsewhere. Errors cannot be allowed.",
        "An acknowledgement that is left over would hide the next warning, which nobody has looked at.",
        WRITTEN_OUT.replace(
            "eps - x0)\n",
            "eps - x0)\n    ## logged beside the loss\n    allow(constant-loss)\n    loss drift = mse(xt, stop(xt))\n",
        ),
        (("mse(xt, stop(xt))", "mse(student.x0(xt, t, student.cond(batch)), x0)"),),
    ),
    "heaped-draws": Page(
        "draws that `clamp` heaps on an end",
        "More than a quarter of a distribution lies beyond an end that `clamp` keeps it within, so that all these "
        "draws become that end. `truncated(d, low, high)` draws from what lies between the ends. A warning: the "
        "program is accepted.",
        "Of times under a shift of 5 that are clamped to at most 0.875, 42 % are 0.875: a network sees little else.",
        METHOD.replace("uniform(0, 1)", "truncated(shifted(uniform(0, 1), 5.0), 0, 0.875)"),
        (("truncated(", "clamp("),),
    ),
    "live-scalar": Page(
        "a scale through which gradient flows",
        "A side of a loss is multiplied or divided by a number that is computed from it, and the number carries gradient. "
        "A warning: the program is accepted.",
        "The loss may then fall by changing the number: a difference divided by its own size has hardly any gradient left.",
        METHOD.replace(
            "    loss flow",
            "    d = student.x0(xt, t, student.cond(batch)) - x0\n"
            "    loss near = mean(square(d / stop(mean(abs(d), per = sample))))\n    loss flow",
        ),
        (("stop(mean(abs(d), per = sample))", "mean(abs(d), per = sample)"),),
    ),
    "moves-away": Page(
        "a loss that moves a role away from what a frozen one says",
        "Written over what networks say of the sample, the answers of all roles that nothing trains stand in the loss with "
        "the sign that drives the sample from them. Or all that an update compares enters its losses with a negative sign, "
        "or all of one loss, which drives a prediction from the data that it was fed. A warning: the program is accepted.",
        "One turned sign in the gradient of a distillation trains towards the critic and away from the teacher.",
        SCORES,
        (("(fake - real)", "(real - fake)"),),
    ),
    "live-target": Page(
        "a target that gradient flows into, or that is noisier",
        "Gradient flows into both sides of a loss by calls of networks that differ in role or time; or a role is taught by "
        "nothing but its own answers, or its average's, to more noise than the question has. Or what a claim (`as`) "
        "covers carries gradient into the role that it is compared with. `stop(...)` cuts it off, `live(x)` says that it is "
        "meant. A warning: the program is accepted.",
        "Both sides meet where it is easiest, in an answer that depends on nothing.",
        TAUGHT,
        (("stop(student.x0(xr, r, c))", "student.x0(xr, r, c)"),),
    ),
    "condition-mismatch": Page(
        "a prediction and a target of different conditions",
        "The prediction is asked with one condition, `cond(batch)` say, and the frozen role that it is compared with with "
        "another only. A warning: the program is accepted.",
        "A student that is taught without the caption what it is asked with it forgets the caption.",
        TAUGHT,
        (("teacher.cond(batch)", "teacher.uncond(batch)"),),
    ),
    "unfitted-role": Page(
        "a role that never sees what it is asked about",
        "A role that is trained is asked about samples of another, and its own update shows it none. A warning: the program "
        "is accepted.",
        "A critic that was fitted to data alone has nothing to say of samples, and says it with confidence.",
        SCORES,
        (("    x0 = stop(generate(batch))\n", "    x0 = critic.clean(batch)\n"),),
    ),
    "score-sign": Page(
        "a loss that moves the wrong way with a judgement",
        "A `head` stage says what a high value means, `logit(real)`, `logit(fake)`, `score`, and the loss moves against it: "
        "the role that is judged is trained to be found worse, or the judge to take samples for data. Or a network is told "
        "another scale of guidance than the one of its target. A warning: the program is accepted.",
        "A sign is easily lost between a logit and a loss, and both ways the numbers look alike.",
        REWARD,
        (("-0.1*mean", "0.1*mean"),),
    ),
    "unseen-levels": Page(
        "samples at levels that training never sees",
        "A role that is trained at a few known levels is sampled at others. Sample at the levels that it learned: a method "
        "may have a sampler of its own, `graph sample(batch)`, which `validate { sample = sample }` names. A warning: the "
        "program is accepted.",
        "A student of three steps was validated at three others, and looked worse than it was.",
        ROLLOUT.replace(
            "  optimize",
            "  validate every 100 { sample = student.sample(steps = 2, scale = 1.0), count = 4 }\n  optimize",
        ).replace("ticks([1000, 500])", "ticks([1000, 750])"),
        (("steps = 2", "steps = 3"),),
    ),
    "late-start": Page(
        "a grid that begins where data are left",
        "A process's own rule begins its grid of so few steps at a level where more than a fifth of the data is left in what "
        "the network was trained on, and what sampling begins with is noise alone. A warning: the program is accepted.",
        "Four leading steps of a table of 1000 begin at entry 751, where a network expects a quarter of a picture.",
        PICTURES,
        (("steps = 20", "steps = 4"),),
    ),
}

ANSWERS = {
    "reveal": Page(
        "what the checker knows of an expression",
        "`reveal expr` may stand in any body. The answer gives type, quantity and dims; it changes nothing, and the "
        "program is accepted.",
        "It shows why a program is right, one expression at a time; `fdc check --explain` shows all of it.",
        METHOD,
        (("    loss flow", "    reveal xt\n    loss flow"),),
    ),
}

GROUPS = {
    "Syntax and names": SYNTAX_AND_NAMES,
    "Dims": DIMS,
    "Latents": LATENTS,
    "Conditioning": CONDITIONING,
    "Roles": ROLES,
    "Settings and data": SETTINGS_AND_DATA,
    "Checkpoints": CHECKPOINTS,
    "Lints": LINTS,
    "Answers": ANSWERS,
}
CODES: dict[str, Page] = {code: page for group in GROUPS.values() for code, page in group.items()}


def explain(code: str, heading: str = "") -> str | None:
    """The page of a code as plain text, or with a heading's mark as Markdown; None where there is no such code."""
    page = CODES.get(code)
    if page is None:
        return None
    return "\n".join(_page(code, page, heading)) + "\n"


def document() -> str:
    """diagnostics.md: all pages, in the groups of the language's own table."""
    lines = [
        "# Diagnostics",
        "",
        "`fdc explain CODE` prints any of these. Made by `python -m fdc.grammar.codes`.",
        "",
    ]
    for title, group in GROUPS.items():
        lines += [f"## {title}", ""]
        for code, page in group.items():
            lines += [*_page(code, page, "### "), ""]
    return "\n".join(lines[:-1]) + "\n"


def _page(code: str, page: Page, mark: str) -> Iterator[str]:
    """One page; with a heading's mark it is Markdown."""
    yield f"{mark}{code}: {page.title}"
    yield ""
    yield from _wrapped(page.means)
    yield ""
    yield from _wrapped(page.why)
    yield from _files(page)
    for words, text in ((_refused(page), page.failing), ("Right:", page.fixed)):
        yield ""
        yield words
        yield ""
        if mark:
            yield "```fdl"
        yield from (line if mark else f"  {line}".rstrip() for line in text.splitlines())
        if mark:
            yield "```"


def _files(page: Page) -> Iterator[str]:
    if page.files:
        yield ""
        yield "With these files beside the program:"
        yield ""
        yield from (f"- `{name}`: `{text}`" for name, text in page.files.items())


def _refused(page: Page) -> str:
    if page in ANSWERS.values():
        return "Answered:"
    return "Warned about:" if page in LINTS.values() else "Refused:"


def _wrapped(text: str) -> list[str]:
    from textwrap import wrap

    return wrap(text, 96, break_long_words=False, break_on_hyphens=False)


if __name__ == "__main__":
    (Path(__file__).parent / "diagnostics.md").write_text(document(), "utf-8")
