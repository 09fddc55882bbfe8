"""What stands in a family, repeated and nested."""

from __future__ import annotations

from .frames import FLOW, TEACH, USE, Bomb, around, doubling, family, joined, lines, method

FAMILIES: dict[str, Bomb] = {
    "sizes of a family": lambda n: family(sizes=", " + joined(n, "S{0} = {1}*k{0}")),
    "sizes that rest on each other": lambda n: family(
        sizes=", S0 = 3*q" + "".join(f", S{i + 1} = 2*S{i} + 1" for i in range(n))
    ),
    "sizes in many classes": lambda n: family(sizes=", " + joined(n, "S = {1}*k{0} + 1")),
    "sizes with huge moduli": lambda n: family(
        sizes=f", S = {'9' * min(n, 99)}*k + 7, T = {'8' * min(n, 99)}*k + 7"
    ),
    "sizes that are products": lambda n: family(sizes=f", {joined(n, 'S{0}')}, T = {joined(n, 'S{0}', '*')}"),
    "sizes that are powers": lambda n: family(sizes=f", S = {joined(n, '(H + W + 1)', '*')}"),
    "dims that are powers": lambda n: family(f"record r {{ a: f32[{joined(n, '(H + W + 1)', '*')}] }}"),
    "dims that are products of sums": lambda n: family(
        f"record r {{ a: f32[{joined(n, '(S{0} + 1)', '*')}] }}", sizes=", " + joined(n, "S{0}")
    ),
    "dims that are quotients": lambda n: family("record r { a: f32[H" + "/2" * n + "] }"),
    "dims with huge numbers": lambda n: family(
        f"record r {{ a: f32[{'9' * min(n, 99)}*H, {joined(n, '999999999', '*')}] }}"
    ),
    "dims of a tensor": lambda n: family(f"record r {{ a: f32[{joined(n, 'H')}] }}"),
    "named dims of a space": lambda n: family(
        f"space q = f32[b, 4, {joined(n, 'a{0} = H')}] from codec {{ normalize = z }}"
    ),
    "records": lambda n: family(lines(n, "record r{0} {{ a: f32[b, 4] }}")),
    "fields of a record": lambda n: family(fields="\n" + lines(n, "f{0}: f32[b, 4]")),
    "one field of a record": lambda n: family(fields="\n" + lines(n, "f: f32[b, 4]")),
    "records that differ in all fields": lambda n: family(
        f"record other {{ {joined(n, 'f{0}: f32[b, 4]')} }}\n"
        "stage q : encode(prompt: str[b]) -> other by python(q)",
        fields="\n" + lines(n, "f{0}: f32[b, 5]"),
    ).replace("return encode_text(batch.prompt)", "return q(batch.prompt)"),
    "spaces": lambda n: family(lines(n, "space s{0} = f32[b, 4, h = H/4] from codec {{ normalize = z }}")),
    "a product of spaces": lambda n: family(f"space q = {joined(n, 'patches', ' * ')}"),
    "products of products": lambda n: family(
        "space q0 = patches * patches\n" + lines(n, "space q{1} = q{0} * q{0}")
    ),
    "products of products in use": lambda n: (
        family("space q0 = patches * patches\n" + lines(n, "space q{1} = q{0} * q{0}"))
        .replace("noisy[patches]", f"noisy[q{n}]")
        .replace("predict[patches]", f"predict[q{n}]")
    ),
    "a ring of products": lambda n: family(
        lines(n, "space q{0} = q{1} * patches") + f"\nspace q{n} = q0 * patches"
    ),
    "constants of a space": lambda n: family(
        f"space q = f32[b, 4] from codec {{ normalize = (z - [{joined(n, '0.5')}])/2 }}"
    ),
    "a deep normalisation": lambda n: family(
        f"space q = f32[b, 4] from codec {{ normalize = {around(n, '(', 'z', ' - 1)/2')} }}"
    ),
    "components": lambda n: family(lines(n, "component q{0} = python.Q")),
    "facts of a component": lambda n: family(
        f"component q = python.Q {{ config = {{ {joined(n, 'a{0} = {0}')} }} }}"
    ),
    "a fact of many numbers": lambda n: family(
        f"component q = python.Q {{ config = {{ a = [{joined(n, '{0}')}] }} }}"
    ),
    "stages": lambda n: family(
        lines(
            n, "stage q{0} : encode(image: pixels[b, 3, H, W]) -> clean[patches] by codec.encode(x = image)"
        )
    ),
    "parameters of a stage": lambda n: family(
        f"stage q : encode({joined(n, 'a{0}: str[b]')}) -> text by python(q)"
    ),
    "arguments of a component": lambda n: family(
        f"stage q : encode(a: str[b]) -> text by encoder({joined(n, 'a{0} = a')})"
    ),
    "a formula of a component": lambda n: family(
        "stage q : denoise(x: noisy[patches], t: time[b], c: text) -> predict[patches] "
        f"by unet(a = {joined(n, 't.sigma', '*')})"
    ),
    "experts": lambda n: family(
        "stage q : denoise(x: noisy[patches], t: time[b], c: text) -> predict[patches] by "
        f"select(t.sigma >= 0.5, {joined(n, 'unet(x = x)')})"
    ),
    "params of a family": lambda n: family(lines(n, "param a{0} = 1")),
    "graphs of a family": lambda n: family(lines(n, "graph g{0}(x) {{ return x }}")),
    "graphs of a family that double": lambda n: family(doubling(n)).replace("x + (next", "g0(x) + (next"),
    "variants": lambda n: family(lines(min(n, 300), "variant v{0} {{ sizes.H = 8*m }}")),
    "variants that change a lot": lambda n: family(f"variant v {{ {joined(n, 'unet.config.a{0} = 1')} }}"),
    "variants with all components": lambda n: family(
        lines(
            min(n, 300),
            "component q{0} = python.Q { config = {{ a = 1 }} }".replace("{ c", "{{ c").replace(
                "}} }", "}} }}"
            ),
        )
        + lines(min(n, 300), "variant v{0} {{ q{0}.config.a = 2 }}")
    ),
    "processes": lambda n: family(lines(n, "process p{0} {{ noisy = x0 }}")),
    "lets of a process": lambda n: family(process=lines(n, "let a{0} = s") + "\n" + FLOW),
    "lets that double": lambda n: family(
        process="let a0 = s\n" + lines(n, "let a{1} = a{0} + a{0}") + "\n" + FLOW
    ),
    "lets that square": lambda n: family(
        process="let a0 = s + 1\n"
        + lines(n, "let a{1} = a{0} * a{0}")
        + f"\nnoisy = (1 - s)*x0 + s*eps + 0*a{n}*eps\npredict = eps - x0\nticks = 1000*s"
    ),
    "a process with a long formula": lambda n: family(
        process=FLOW.replace("(1 - s)*x0", f"(1 - s + {joined(n, '0*s', ' + ')})*x0")
    ),
    "a process with powers": lambda n: family(process=FLOW.replace("s*eps", f"s**{n}*eps")),
    "a process in roots": lambda n: family(
        process=FLOW.replace("s*eps", f"{around(n, 'sqrt(', 's', ')')}*eps")
    ),
    "a process in brackets": lambda n: family(
        process=FLOW.replace("s*eps", f"{around(n, '(1 + s/', 's', ')')}*eps")
    ),
    "ticks of a process": lambda n: family(process=FLOW.replace("1000*s", joined(n, "s", "*"))),
    "entries of a process": lambda n: family(process=FLOW + "\n" + lines(n, "a{0} = 1")),
    "a shift": lambda n: family(process=FLOW + f"\nshift = {n}.5"),
    "large dims": lambda n: family(
        "record r0 { a: f32[1] }\n"
        + lines(n, "record r{1} {{ a: f32[(H+W+1)*(H+W+1)*(H+W+1)*(H+W+1)*(H+W+1)*(H+W+1)] }}")
    ),
    "large dims that differ": lambda n: family(
        "record r0 { a: f32[1] }\n"
        + lines(n, "record r{1} {{ a: f32[(H*H+W*W+H*W+H+W+1)*(H*H+W*W+H*W+H+W+{0})] }}")
    ),
    "variants and components": lambda n: family(
        lines(min(n, 300), "component q{0} = python.Q {{ config = {{ a = 1 }} }}")
        + lines(min(n, 300), "variant v{0} {{ q{0}.config.a = 2 }}")
    ),
    "variants in use": lambda n: family(
        lines(n, "variant v{0} {{ sizes.H = 8*m }}"),
        after=USE.replace(
            "role student", "\n".join(f"role r{i} = f.v{i}(tiny())" for i in range(n)) + "\nrole student"
        ),
    ),
    "programs of other sizes of a large family": lambda n: family(
        lines(
            n, "stage q{0} : encode(image: pixels[b, 3, H, W]) -> clean[patches] by codec.encode(x = image)"
        ),
        after="\n".join(
            USE.replace("program p", f"program p{i}").replace("H = 64", f"H = {4 * i + 4}") for i in range(n)
        ),
    ),
    "roles of other variants of a large family": lambda n: family(
        lines(
            n, "stage q{0} : encode(image: pixels[b, 3, H, W]) -> clean[patches] by codec.encode(x = image)"
        )
        + lines(n, "variant v{0} {{ }}"),
        after=USE.replace(
            "role student", "\n".join(f"role r{i} = f.v{i}(tiny())" for i in range(n)) + "\nrole student"
        ),
    ),
    "broken programs of a large family": lambda n: family(
        lines(n, "stage q{0} : encode(image: pixels[b, 3, H, W]) -> nothing by codec.encode(x = image)"),
        after=lines(n, "program p{0} {{ sizes {{ H = {1}, W = 64 }} role s = f(tiny()) }}"),
    ),
    "programs that use a large method wrongly": lambda n: (
        method(TEACH + "graph g(x) {" + lines(3 * n, "y{0} = x") + "return x }")
        + lines(n, "program p{0} {{ use m(a) }}")
    ),
    "programs that use a large method": lambda n: (
        method(TEACH + "graph g(x) {" + lines(3 * n, "y{0} = x") + "return x }")
        + "import mini\n"
        + lines(
            n,
            "program p{0} {{ sizes {{ F = 4, H = 16, W = 16 }} role s = mini(tiny()) {{ train = full }} use m(s)\n"
            'data d = shapes("d") {{ prompt: str, video: pixels[b, 3, F, H, W] }}\n'
            "optimize s = adamw(lr = 1e-3) train {{ steps = 10 }} }}",
        )
    ),
    "methods from a method with a large graph": lambda n: (
        method(TEACH + "graph g(x) {" + lines(3 * n, "y{0} = x") + "return x }")
        + lines(n, "method m{0}(a) from m {{ }}")
    ),
    "methods from a method with roles missing": lambda n: (
        method(TEACH + "graph g(x) {" + lines(3 * n, "y{0} = x") + "return x }")
        + lines(n, "method m{0}(b) from m {{ }}")
    ),
    "config facts in variants": lambda n: family(
        f"component q = python.Q {{ config = {{ {joined(n, 'a{0} = {0}')} }} }}\n"
        + lines(n // 2, "variant v{0} {{ q.config.a{0} = 2 }}")
    ),
    "tokens lists": lambda n: family(f"component q = python.Q {{ trainable tokens = [{joined(n, 'h/2')}] }}"),
}
