"""One thing beside the other, in programs and methods."""

from __future__ import annotations

from .frames import TEACH, Bomb, falling, family, joined, lines, method, of_data, program, programs, trained

LONG: dict[str, Bomb] = {
    "a sum": lambda n: of_data(f"({joined(n, 'x0', ' + ')})/{n}"),
    "a sum of names": lambda n: program(target=joined(n, "a{0}", " + ")),
    "a product": lambda n: program(
        f"z = mean({joined(n, 'x0', ' * ')}, per = sample)\nloss more = mean(z*mse(student.x0(xt, t, c), x0, per = sample))"
    ),
    "a product of numbers": lambda n: of_data(joined(n, "1.0", "*") + "*x0"),
    "quotients": lambda n: of_data("x0" + "/3*3" * n),
    "and": lambda n: program(f"assert {joined(n, 'true', ' and ')}"),
    "comparisons": lambda n: program(f"assert {joined(n, '1 < 2', ' and ')}"),
    "a remainder": lambda n: program("assert " + joined(n, "7", " % ") + " == 0"),
    "a list of numbers": lambda n: program(f"z = [{joined(n, '{0}')}]"),
    "a list of latents": lambda n: program(f"z = [{joined(n, 'x0')}]"),
    "a list of strings": lambda n: program(f"z = [{joined(n, chr(34) + 'a' + chr(34))}]"),
    "a list for ticks": lambda n: program(
        f"z = ticks([{', '.join(str(1000 * (n - i) / n) for i in range(n))}])"
    ),
    "falling sigmas": lambda n: program(f"z = sigmas([{falling(n)}])"),
    "a pair of many": lambda n: program(f"z = ({joined(n, 'x0')})"),
    "names for a pair": lambda n: program(f"({joined(n, 'z{0}')}) = ({joined(n, 'x0')})"),
    "a pick of many": lambda n: program(f"s ~ pick([{joined(n, '{0}')}])"),
    "a concatenation": lambda n: program(f"z = concat({joined(n, 'xt')}, axis = c)"),
    "a map": lambda n: program(target=f"{{ {joined(n, 'a{0} = 1')} }}"),
    "arguments": lambda n: program(target=f"stop({joined(n, 'x0')})"),
    "named arguments": lambda n: program(target=f"stop({joined(n, 'a{0} = x0')})"),
    "arguments of a role's function": lambda n: program(target=f"student.predict({joined(n, 'xt')})"),
    "parameters of a graph": lambda n: program(members=f"graph g({joined(n, 'a{0}')}) {{ return a0 }}"),
    "defaults of a graph": lambda n: of_data(
        "g(x0)", members=f"graph g(x, {joined(n, 'a{0}: int = {0}')}) {{ return x }}"
    ),
    "statements": lambda n: program(lines(n, "z{0} = x0")),
    "statements that read the last": lambda n: program("z0 = x0\n" + lines(n, "z{1} = z{0} + x0 - x0")),
    "statements that read themselves": lambda n: program(lines(n, "z{0} = z{0}")),
    "draws": lambda n: program(lines(n, "z{0} ~ noise[student]")),
    "times": lambda n: program(lines(n, "t{0} ~ uniform(0, 1)")),
    "times that are mixed": lambda n: program(
        lines(n, "t{0} ~ uniform(0, 1)\n y{0} = student.noisy(x0, eps, t{0})")
    ),
    "losses": lambda n: program(lines(n, "loss l{0} = mse(student.x0(xt, t, c), x0)")),
    "losses of one name": lambda n: program(lines(n, "loss l = mse(student.x0(xt, t, c), x0)")),
    "asserts": lambda n: program(lines(n, "assert {0} < {1}")),
    "asserts that fail": lambda n: program(lines(n, 'assert {1} < {0}, "no"')),
    "reveals": lambda n: program(lines(n, "reveal xt")),
    "calls of the network": lambda n: program(lines(n, "z{0} = student.x0(xt, t, c)")),
    "samples": lambda n: program(lines(n, "z{0} = student.sample(batch, steps = 2)")),
    "loops": lambda n: program(lines(n, "for i{0} in 0 .. 4 {{ }}")),
    "loops that rebind": lambda n: program("z = x0\n" + lines(n, "for i{0} in 0 .. 4 {{ z = z + x0 - x0 }}")),
    "a loop that carries many": lambda n: program(
        lines(n, "z{0} = x0") + "\nfor i in 0 .. 4 {\n" + lines(n, "z{0} = z{0} + x0 - x0") + "\n}"
    ),
    "a loop that passes on": lambda n: program(
        lines(n + 1, "z{0} = x0") + "\nfor i in 0 .. 4 {\n" + lines(n, "z{0} = z{1}") + f"\nz{n} = z0 }}"
    ),
    "a loop that turns times round": lambda n: program(
        lines(n + 1, "t{0} ~ uniform(0, 1)")
        + "\nfor i in 0 .. 4 {\n"
        + lines(n, "t{0} = t{1}")
        + f"\nt{n} = t0 }}"
    ),
    "a loop over a list": lambda n: program(f"z = x0\nfor i in [{joined(n, '{0}')}] {{ z = z + x0 - x0 }}"),
    "a loop over levels": lambda n: program(f"z = x0\nfor i in sigmas([{falling(n)}]) {{ z = z }}"),
    "members": lambda n: program(members=lines(n, "graph g{0}(x) {{ return x }}")),
    "params": lambda n: method(lines(n, "param a{0} = 1") + TEACH),
    "params that read each other": lambda n: method(
        "param a0 = 1\n" + lines(n, "param a{1} = a{0} + a{0}") + TEACH
    ),
    "params of a graph": lambda n: of_data(
        joined(n, "a{0}", "*") + "*x0", members=lines(n, "param a{0} = 1")
    ),
    "states": lambda n: program(members=lines(n, "state a{0} = 1.0")),
    "updates": lambda n: program(members=trained(min(n, 300))),
    "an update of a far step": lambda n: program().replace(
        "update student", f"update student every {10 ** min(n, 18)} except every {10 ** min(n, 18)} from {n}"
    ),
    "updates of many": lambda n: program(members=f"update {joined(n, 'a{0}')} {{ }}"),
    "shared names": lambda n: of_data(joined(n, "s{0}", "*") + "*x0", members=lines(n, "s{0} = 1")),
    "a chain of shared names": lambda n: of_data("s0*x0", members=lines(n, "s{0} = s{1}") + f"\ns{n} = 1.0"),
    "a ring of shared names": lambda n: program(
        members=lines(n, "s{0} = s{1}") + f"\ns{n} = s0", target="s0*x0"
    ),
    "shared names in a method": lambda n: method(
        lines(n, "s{0} = s{1}") + f"\ns{n} = 1.0\nassert s0 == 1.0\n{TEACH}"
    ),
    "roles": lambda n: program(members=lines(n, "role r{0} = mini(tiny(seed = {0}))")),
    "roles of one source": lambda n: program(
        members=lines(n, 'role r{0} = mini("../../families/mini/weights")')
    ),
    "roles that begin with each other": lambda n: program(
        members="role r0 = mini(tiny())\n" + lines(n, "role r{1} = mini(tiny()) {{ init = r{0} }}")
    ),
    "roles that a method takes": lambda n: f"method m({joined(n, 'r{0}')}) {{ }}",
    "sizes": lambda n: program(members=f"sizes {{ {joined(n, 'S{0} = {1}')} }}"),
    "optimizers": lambda n: program(members=lines(n, "optimize a{0} = adamw(lr = 1e-3)")),
    "settings": lambda n: program(members=f"train {{ {joined(n, 'a{0} = 1')} }}"),
    "one setting": lambda n: program(members=f"train {{ {joined(n, 'steps = 1')} }}"),
    "settings blocks": lambda n: program(members=lines(n, "train {{ steps = 1 }}")),
    "settings of a role": lambda n: program(members=f"role r = mini(tiny()) {{ {joined(n, 'a{0} = 1')} }}"),
    "settings with a long path": lambda n: program(members=f"train {{ {joined(n, 'a', '.')} = 1 }}"),
    "trackers": lambda n: program(members=lines(n, "track t{0}")),
    "fields": lambda n: program(members=f'data d = folder("d") {{ {joined(n, "f{0}: str")} }}'),
    "data": lambda n: program(members=lines(n, 'data d{0} = folder("d") {{ prompt: str }}')),
    "data that is written": lambda n: program(
        members=lines(n, 'produce w{0} = student.clean(batch) to shards("w{0}") {{ count = 3 }}')
    ),
    "uses": lambda n: program(members=lines(n, "use m(student)")),
    "lora": lambda n: program(
        members=f"role r = mini(tiny()) {{ train = lora(rank = 4, targets = [{joined(n, chr(34) + 'a' + chr(34))}]) }}"
    ),
    "methods": lambda n: lines(
        n, f"method m{{0}}(a) {{{{ {TEACH.replace('{', '{{').replace('}', '}}')} }}}}"
    ),
    "methods from methods": lambda n: (
        lines(n, "method m{0}(a) from m{1} {{ }}") + f"method m{n}(a) {{ {TEACH} }}"
    ),
    "methods from methods with more": lambda n: (
        lines(n, "method m{0}(a) from m{1} {{ param p{0} = 1\n graph g{0}(x) {{ return x*p{0} }} }}")
        + f"method m{n}(a) {{ {TEACH} }}"
    ),
    "methods from methods in a ring": lambda n: (
        lines(n, "method m{0}(a) from m{1} {{ }}") + f"method m{n}(a) from m0 {{ }}"
    ),
    "methods from one": lambda n: f"method m(a) {{ {TEACH} }}" + lines(n, "method m{0}(a) from m {{ }}"),
    "methods from a large one": lambda n: (
        method(lines(n, "param p{0} = 1\n graph g{0}(x) {{ return x*p{0} }}") + TEACH)
        + lines(n, "method m{0}(a) from m {{ }}")
    ),
    "programs": lambda n: programs(n, program()),
    "programs of one method": lambda n: (
        "import finetune\nimport mini\n"
        + lines(
            n,
            "program p{0} {{ sizes {{ F = 4, H = 16, W = 16 }} role s = mini(tiny(seed = 0)) {{ train = full }}\n"
            'data clips = shapes("d") {{ prompt: str, video: pixels[b, 3, F, H, W] }}\n'
            "use finetune(s) optimize s = adamw(lr = 1e-3) train {{ steps = 10 }} }}",
        )
    ),
    "programs of other sizes": lambda n: (
        "import mini\n"
        + lines(
            n,
            "program p{0} {{ sizes {{ F = 4, H = {1}, W = 16 }} role s = mini(tiny(seed = 0)) {{ train = full }} }}",
        )
    ),
    "programs that need each other": lambda n: lines(n, "program p{0} {{ role r = p{1}.r }}"),
    "families": lambda n: "\n".join(family(after="").replace("family f", f"family f{i}") for i in range(n)),
    "families that are broken": lambda n: lines(
        n, "family f{0} {{ sizes {{ H = 4*m }} stage d : denoise() -> x by y() }}"
    ),
    "declarations": lambda n: lines(n, "method m{0}(a) {{ }}"),
    "one declaration": lambda n: lines(n, "method m(a) {{ }}"),
    "spaces in a file": lambda n: lines(n, "space s{0} = f32[b, 4, h = 1]"),
    "records in a file": lambda n: lines(n, "record r{0} {{ a: f32[b, 4] }}"),
    "imports of nothing": lambda n: lines(n, "import nothing{0}"),
    "imports of files that are not there": lambda n: lines(n, 'import "./nothing{0}.fdl"'),
    "imports of one library": lambda n: lines(n, "import mini as m{0}"),
    "imports of names": lambda n: f"import mini {{ {joined(n, 'a{0}')} }}",
    "imports of one name": lambda n: f"import mini {{ {joined(n, 'mini')} }}",
}
