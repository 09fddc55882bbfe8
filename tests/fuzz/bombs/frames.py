"""Programs, families and methods with room for what is repeated in them, and ways to repeat it."""

from __future__ import annotations

from collections.abc import Callable

Bomb = Callable[[int], str]

PROGRAM = """\
import mini
{top}
program p {{
  sizes {{ F = 4, H = 16, W = 16 }}
  role student = mini(tiny(seed = 0)) {{ train = full }}
  data clips = shapes("d") {{ prompt: str, video: pixels[b, 3, F, H, W] }}
  {members}
  update student {{
    x0 = student.clean(batch)
    t ~ uniform(0, 1)
    eps ~ noise[student]
    xt = student.noisy(x0, eps, t)
    c = student.cond(batch)
    {body}
    loss flow = mse(student.{asked}(xt, t, c), {target})
  }}
  optimize student = adamw(lr = 1e-3)
  train {{ steps = 10 }}
}}
"""
FAMILY = """\
{top}
family f {{
  sizes {{ H = 4*m, W = 4*n {sizes} }}
  component unet = diffusers.UNet2DConditionModel {{ trainable }}
  component codec = python.Patches {{ dtype = f32 }}
  component encoder = python.Words
  space patches = f32[b, 48, h = H/4, w = W/4] from codec {{ normalize = (z - 0.0) / 0.5 }}
  process flow {{ {process} }}
  record text {{ embeds: f32[b, 16, 64] {{ pad = zero }} {fields} }}
  stage encode_text : encode(prompt: str[b]) -> text by python(encode_text)
  stage encode_image : encode(image: pixels[b, 3, H, W]) -> clean[patches] by codec.encode(x = image)
  stage denoise : denoise(x: noisy[patches], t: time[b], c: text) -> predict[patches]
    by unet(sample = x, timestep = t.ticks, encoder_hidden_states = c.embeds)
  stage decode_image : decode(x0: clean[patches]) -> pixels[b, 3, H, W] by codec.decode(z = x0)
  {members}
  graph cond(batch) {{ return encode_text(batch.prompt) }}
  graph uncond(batch) {{ return encode_text("") }}
  graph clean(batch) {{ return encode_image(batch.image) }}
  graph sample(batch, steps: int = 20) {{
    c = cond(batch)
    x ~ noise[patches]
    for (t, next) in grid(steps) {{ x = x + (next.sigma - t.sigma)*denoise(x, t, c) }}
    return decode_image(x)
  }}
}}
{after}
"""
FLOW = "noisy = (1 - s)*x0 + s*eps\n predict = eps - x0\n ticks = 1000*s"
USE = """\
program p {
  sizes { H = 64, W = 64 }
  role student = f(tiny(seed = 0)) { train = full }
  data d = folder("d") { prompt: str, image: pixels[b, 3, H, W] }
  update student {
    x0 = student.clean(batch)
    t ~ uniform(0, 1)
    eps ~ noise[student]
    loss a = mse(student.predict(student.noisy(x0, eps, t), t, student.cond(batch)), student.target(x0, eps, t))
  }
  optimize student = adamw(lr = 1e-3)
  train { steps = 10 }
}"""


def program(
    body: str = "", target: str = "eps - x0", members: str = "", top: str = "", asked: str = "predict"
) -> str:
    return PROGRAM.format(body=body, target=target, members=members, top=top, asked=asked)


def of_data(target: str, body: str = "", members: str = "") -> str:
    """A program in which what is clean is right as the target."""
    return program(body, target, members, asked="x0")


def programs(n: int, one: str) -> str:
    """The program under as many names, with what it imports once."""
    first = one.replace("program p", "program p0")
    others = one.replace("import mini\n", "", 1)
    return "\n".join([first, *(others.replace("program p", f"program p{i}") for i in range(1, n))])


def falling(n: int) -> str:
    """So many levels, each below the one before."""
    return ", ".join(f"{(n - i) / (n + 1):.9f}" for i in range(n))


def trained(n: int) -> str:
    """So many roles, each with its update and optimizer."""
    return lines(
        n,
        "role r{0} = mini(tiny(seed = {0})) {{ train = full }} optimize r{0} = adamw(lr = 1e-3)\n"
        f"update r{{0}} {{{{ {LOSS.replace('a.', 'r{0}.').replace('noise[a]', 'noise[r{0}]')} }}}}",
    )


def family(
    members: str = "", sizes: str = "", fields: str = "", process: str = FLOW, top: str = "", after: str = USE
) -> str:
    return FAMILY.format(members=members, sizes=sizes, fields=fields, process=process, top=top, after=after)


def method(inside: str, more: str = "") -> str:
    return f"{more}\nmethod m(a) {{\n{inside}\n}}\n"


def lines(n: int, form: str, start: int = 0) -> str:
    """The form once for each number from `start`: `{0}` is the number, `{1}` the next one."""
    return "".join(form.format(i, i + 1) + "\n" for i in range(start, start + n))


def joined(n: int, form: str, by: str = ", ") -> str:
    return by.join(form.format(i, i + 1) for i in range(n))


def around(n: int, before: str, inner: str, after: str) -> str:
    return before * n + inner + after * n


def doubling(n: int, graph: str = "{{ return g{1}(x) + g{1}(x) }}") -> str:
    return lines(n, "graph g{0}(x) " + graph) + f"\ngraph g{n}(x) {{ return x }}\n"


LOSS = "x0 = a.clean(batch)\n t ~ uniform(0, 1)\n eps ~ noise[a]\n xt = a.noisy(x0, eps, t)\n"
LOSS += "loss l = mse(a.predict(xt, t, a.cond(batch)), a.target(x0, eps, t))"
TEACH = f"update a {{ {LOSS} }}"
