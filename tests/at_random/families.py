"""Families that differ in process, prediction, latent space, conditioning and the shape of their times."""

from __future__ import annotations

from dataclasses import dataclass

KINDS = {"flow": "flow", "vp": "vp", "trig": "vp", "edm": "edm"}
"""Processes by the mix that they make of a signal-to-noise ratio: vp and trig are one circle."""


@dataclass(frozen=True)
class Family:
    """`predict` is what the network says: "eps - x0", "x0 - eps", "x0", "eps", "v", or "F", EDM's preconditioned output.

    `space` is `owner.name`: a family may take its latent space from another. `fields` are those of its record.
    """

    name: str
    process: str
    predict: str
    data: str  # "image", "video", or "av": video with sound
    space: str
    fields: tuple[str, ...]
    per_frame: bool = False
    two_times: bool = False
    spelling: str = ""  # how the process writes itself down, where there are several ways
    step: str = ""  # of its sampler, in place of the right one

    @property
    def kind(self) -> str:
        return KINDS[self.process]

    @property
    def owner(self) -> str:
        return self.space.partition(".")[0]

    @property
    def has_frames(self) -> bool:
        return self.data == "video"

    @property
    def factors(self) -> tuple[str, ...]:
        return ("picture", "sound") if self.data == "av" else ()


WIDE, NARROW, MASKED = (
    ("embeds: bf16[b, 77, 768] { pad = attend }",),
    ("embeds: bf16[b, 77, 768] { pad = zero }",),
    ("embeds: bf16[b, 64, 512] { pad = attend }", "pooled: f32[b, 96]"),
)
FAMILIES = (
    Family("flow", "flow", "eps - x0", "image", "flow.latents", WIDE),
    Family("film", "flow", "eps - x0", "video", "film.latents", NARROW),
    Family("backwards", "flow", "x0 - eps", "image", "flow.latents", WIDE),
    Family("guess", "flow", "x0", "image", "guess.latents", NARROW),
    Family("ddpm", "vp", "eps", "image", "flow.latents", WIDE, spelling="by sigma"),
    Family("circle", "vp", "v", "image", "circle.latents", MASKED),
    Family("clean", "vp", "x0", "video", "film.latents", NARROW),
    Family("angle", "trig", "v", "video", "film.latents", MASKED),
    Family("karras", "edm", "x0", "image", "flow.latents", NARROW),
    Family("exploding", "edm", "eps", "image", "exploding.latents", WIDE),
    Family("preconditioned", "edm", "F", "image", "flow.latents", WIDE),
    Family("forcing", "flow", "eps - x0", "video", "film.latents", NARROW, per_frame=True),
    Family("mean", "flow", "eps - x0", "image", "flow.latents", WIDE, two_times=True),
    Family("talking", "flow", "eps - x0", "av", "talking.latents", WIDE),
)
BY_NAME = {f.name: f for f in FAMILIES}

MIXES = {
    "flow": "(1 - s)*x0 + s*eps",
    "vp": "a*x0 + s*eps",
    "vp by sigma": "sqrt(1 - s**2)*x0 + s*eps",
    "trig": "cos(u)*x0 + sin(u)*eps",
    "edm": "x0 + s*eps",
}
VELOCITIES = {"vp": "a*eps - s*x0", "trig": "cos(u)*eps - sin(u)*x0"}
SPACES = {
    "image": "  space latents = bf16[b, 4, h = H/8, w = W/8] from vae { normalize = z * vae.config.scaling_factor }",
    "video": "  space latents = bf16[b, 16, t = (F - 1)/4 + 1, h = H/8, w = W/8] from vae "
    "{ normalize = (z - vae.config.mean) / vae.config.std }",
    "av": "  space picture = bf16[b, 128, t = (F - 1)/8 + 1, h = H/32, w = W/32] from vae "
    "{ normalize = (z - vae.mean) / vae.std }\n"
    "  space sound = bf16[b, 8, l = N/640, 16] from ears { normalize = (z - ears.mean) / ears.std }\n"
    "  space latents = picture * sound",
}
SIZES = {
    "image": "H = 8*m, W = 8*n",
    "video": "F = 4*k + 1, H = 8*m, W = 8*n",
    "av": "F = 8*k + 1, H = 32*m, W = 32*n, N = 640*a",
}
MEDIA = {
    "image": "image: pixels[b, 3, H, W]",
    "video": "video: pixels[b, 3, F, H, W]",
    "av": "video: pixels[b, 3, F, H, W], sound: wave[b, 2, N]",
}
CHOSEN = {"image": ("H", "W"), "video": ("F", "H", "W"), "av": ("F", "H", "W", "N")}
NUMBERS = {"F": 33, "H": 256, "W": 384, "N": 64000}
STEPS = {
    # one sampling step, in the family's own terms: p is what the network says of x at t
    ("flow", "eps - x0"): "x + (next.sigma - t.sigma)*p",
    ("flow", "x0 - eps"): "x - (next.sigma - t.sigma)*p",
    ("flow", "x0"): "next.alpha*p + next.sigma*((x - t.alpha*p) / t.sigma)",
    ("vp", "eps"): "next.alpha*((x - t.sigma*p) / t.alpha) + next.sigma*p",
    ("vp", "v"): "next.alpha*(t.alpha*x - t.sigma*p) + next.sigma*(t.sigma*x + t.alpha*p)",
    ("vp", "x0"): "next.alpha*p + next.sigma*((x - t.alpha*p) / t.sigma)",
    ("edm", "x0"): "x + (next.sigma - t.sigma)*((x - p) / t.sigma)",
    ("edm", "eps"): "x + (next.sigma - t.sigma)*p",
}


def text(f: Family) -> str:
    """The family as a file of its own."""
    own = f.owner == f.name
    lines = [] if own else [f'import "./{f.owner}.fdl" {{ latents }}', ""]
    lines += [f"family {f.name} {{", f"  sizes {{ {SIZES[f.data]} }}"]
    lines += ["  component net = diffusers.UNet2DConditionModel { trainable }"]
    lines += ["  component vae = diffusers.AutoencoderKL { dtype = f32 }"]
    lines += ["  component ears = diffusers.AutoencoderKLLTX2Audio"] if f.data == "av" else []
    lines += [SPACES[f.data]] if own else []
    lines += [f"  {_process(f)}", f"  record text {{ {', '.join(f.fields)} }}"]
    lines += ["  stage encode_text : encode(prompt: str[b]) -> text by python(encode_text)"]
    lines += [
        f"  stage encode_media : encode({MEDIA[f.data]}) -> clean[latents] by "
        + ("python(encode_media)" if f.data == "av" else f"vae.encode(x = {f.data})")
    ]
    time = "time[b, t]" if f.per_frame else "time[b]"
    times, more = (f"t: {time}, r: {time}", ", r = r.ticks") if f.two_times else (f"t: {time}", "")
    rows = ", ".join(f"{name} = c.{name}" for name in (x.partition(":")[0] for x in f.fields))
    by = "python(denoise)" if f.data == "av" else f"net(sample = x, timestep = t.ticks{more}, {rows})"
    lines += [f"  stage denoise : denoise(x: noisy[latents], {times}, c: text) -> predict[latents] by {by}"]
    lines += [_decode(f)]
    lines += ["  graph cond(batch) { return encode_text(batch.prompt) }"]
    lines += ['  graph uncond(batch) { return encode_text("") }']
    fields = ", ".join(f"batch.{x.split(':')[0].strip()}" for x in MEDIA[f.data].split("], "))
    lines += [f"  graph clean(batch) {{ return encode_media({fields}) }}", *_sample(f), "}"]
    return "\n".join(lines) + "\n"


def _process(f: Family) -> str:
    predict = VELOCITIES.get(f.process, "") if f.predict == "v" else f.predict
    let = ""
    if f.predict == "F":
        let = "let r = sqrt(s*s + 0.25) "
        predict = "(x0 - 0.25/(r*r)*(x0 + s*eps)) * r / (0.5*s)"
    level = "u" if f.process == "trig" else "s"
    ticks = "1000*s" if f.process == "flow" else f"net.schedule({level})"
    mix = MIXES[f"{f.process} {f.spelling}".strip()]
    return f"process p {{ {let}noisy = {mix}, predict = {predict}, ticks = {ticks}, shift = 3.0 }}"


def _decode(f: Family) -> str:
    if f.data == "av":
        return (
            "  stage decode : decode(x0: clean[picture]) -> pixels[b, 3, F, H, W] by vae.decode(z = x0)\n"
            "  stage speak : audio_decode(x0: clean[sound]) -> wave[b, 2, N] by python(speak)"
        )
    pixels = MEDIA[f.data].partition(": ")[2]
    return f"  stage decode : decode(x0: clean[latents]) -> {pixels} by vae.decode(z = x0)"


def _sample(f: Family) -> list[str]:
    made = "(decode(x.picture), speak(x.sound))" if f.data == "av" else "decode(x)"
    if f.predict == "F":
        return [f"  graph sample(batch) {{ x = clean(batch) return {made} }}"]
    times = "t, next" if f.two_times else "t"
    start = ("    z ~ noise[latents]", "    x = 80.0*z") if f.kind == "edm" else ("    x ~ noise[latents]",)
    return [
        "  graph sample(batch, steps: int = 20, scale: float = 3.0) {",
        *start,
        "    for (t, next) in grid(steps) {",
        f"      p = guide(denoise(x, {times}, cond(batch)), denoise(x, {times}, uncond(batch)), scale)",
        f"      x = {f.step or STEPS[f.kind, f.predict]}",
        "    }",
        f"    return {made}",
        "  }",
    ]
