"""Short texts that mean much: what doubles with every line, loops, numbers that grow."""

from __future__ import annotations

from .frames import TEACH, Bomb, doubling, falling, family, joined, lines, method, of_data, program, programs

SQUARES = "z0 = mean(abs(x0), per = sample)*t.sigma + 1\n" + lines(13, "z{1} = z{0} * z{0} + z{0}*0.5")


def of_many_times(n: int) -> str:
    """A mix at as many times, called s{n}."""
    return lines(n, "t{0} ~ uniform(0, 1)") + "s0 = x0\n" + lines(n, "s{1} = s{0} + t{0}.sigma*eps")


WORK: dict[str, Bomb] = {
    "graphs that double": lambda n: program(target="g0(x0)", members=doubling(n)),
    "graphs that double with draws": lambda n: program(
        target="g0(x0)", members=doubling(n, "{{ e ~ noise[student]\n return g{1}(x) + g{1}(x) + e - e }}")
    ),
    "graphs that double in a loop": lambda n: program(
        "z = x0\nfor i in 0 .. 9 { z = g0(z) - g0(z) + z }", members=doubling(n)
    ),
    "graphs that double in what is checked before": lambda n: method(
        f"{doubling(n)} assert g0(1) == 2\n{TEACH}"
    ),
    "graphs that double in a setting": lambda n: program(
        members=doubling(n) + "validate every 2 { sample = g0(batch.video) }"
    ),
    "graphs that double in what is written": lambda n: program(
        members=doubling(n) + 'produce w = g0(batch.video) to shards("w") { count = 3 }'
    ),
    "graphs that double in many methods": lambda n: "\n".join(
        method(doubling(14) + TEACH.replace("loss l", "y = g0(x0)\n loss l")).replace(
            "method m", f"method m{i}"
        )
        for i in range(n)
    ),
    "graphs that double in many programs": lambda n: programs(
        n, of_data("g0(x0)/8192", members=doubling(13))
    ),
    "graphs that double in many updates": lambda n: program(
        members=doubling(13)
        + lines(n, "update student {{ loss a = mse(g0(student.clean(batch)), student.clean(batch)) }}")
    ),
    "graphs that double in many losses": lambda n: program(
        lines(n, "loss l{0} = mse(g0(x0), x0)"), members=doubling(10)
    ),
    "graphs that triple": lambda n: program(
        target="g0(x0)", members=doubling(n, "{{ return g{1}(g{1}(g{1}(x))) }}")
    ),
    "graphs in a chain": lambda n: of_data("g0(x0)", members=doubling(n, "{{ return g{1}(x) }}")),
    "graphs in a ring": lambda n: program(
        target="g0(x0)",
        members=lines(n, "graph g{0}(x) {{ return g{1}(x) }}") + f"graph g{n}(x) {{ return g0(x) }}",
    ),
    "graphs that nobody calls, which double": lambda n: program(members=doubling(n)),
    "graphs that loop": lambda n: program(
        target="g0(x0)", members=doubling(n, "{{ for i in 0 .. 9 {{ x = g{1}(x) }}\n return x }}")
    ),
    "pairs that double": lambda n: program("z0 = x0\n" + lines(n, "z{1} = (z{0}, z{0})") + f"\nreveal z{n}"),
    "lists that double": lambda n: program("z0 = x0\n" + lines(n, "z{1} = [z{0}, z{0}]") + f"\nreveal z{n}"),
    "pairs that double, compared": lambda n: program(
        "z0 = x0\n" + lines(n, "z{1} = (z{0}, z{0})"), target=f"z{n}"
    ),
    "pairs that double, carried": lambda n: program(
        "z0 = x0\n" + lines(n, "z{1} = (z{0}, z{0})") + f"\nfor i in 0 .. 3 {{ z{n} = z{n} }}"
    ),
    "pairs that double in a parameter": lambda n: program(
        "z0 = x0\n" + lines(n, "z{1} = (z{0}, z{0})") + f"\ny = g(z{n}, z{n})",
        members="graph g(a, b) { return a }",
    ),
    "pairs that double in a state": lambda n: program(
        members="state z0 = 1.0\n" + lines(n, "z{1} = (z{0}, z{0})") + f"\nreveal z{n}"
    ),
    "sums that double": lambda n: of_data(f"z{n}", "z0 = x0\n" + lines(n, "z{1} = 0.5*z{0} + 0.5*z{0}")),
    "differences that double": lambda n: of_data(
        f"z{n}", "z0 = x0\n" + lines(n, "z{1} = z{0} + z{0} - z{0}")
    ),
    "products that double": lambda n: program(
        f"z0 = t.sigma\n{lines(n, 'z{1} = z{0} * z{0}')}\nloss more = mean(z{n}*mse(student.x0(xt, t, c), x0, per = sample))"
    ),
    "quotients that grow": lambda n: of_data(
        f"z{n}*x0/z{n}", "z0 = t.sigma\n" + lines(n, "z{1} = 1/(1 + z{0})")
    ),
    "quotients of unknowns": lambda n: of_data(
        f"z{n}*x0/z{n}",
        lines(n, "k{0} = {1}*mean(abs(x0), per = sample)")
        + "\nz0 = 1\n"
        + lines(n, "z{1} = (k{0} + z{0})/(k{0} - z{0})"),
    ),
    "unknowns that are multiplied": lambda n: of_data(
        f"({joined(n, '(1 + k{0})', '*')})*x0/({joined(n, '(k{0} + 1)', '*')})",
        lines(n, "k{0} = {1}*mean(abs(x0), per = sample)"),
    ),
    "numbers that square": lambda n: program("z0 = 3\n" + lines(n, "z{1} = z{0} * z{0}"), target=f"z{n}*x0"),
    "decimals that square": lambda n: of_data(f"z{n}*x0/z{n}", "z0 = 1.1\n" + lines(n, "z{1} = z{0} * z{0}")),
    "powers of numbers": lambda n: program("z0 = 3\n" + lines(n, "z{1} = z{0} ** z{0}"), target=f"z{n}*x0"),
    "a power": lambda n: of_data(f"3**{n * n * n}*x0/3**{n * n * n}"),
    "a power of a latent": lambda n: program(
        f"z = mean(x0**{n * n * n}, per = sample)\nloss more = mean(z*mse(student.x0(xt, t, c), x0, per = sample))"
    ),
    "a power of a level": lambda n: of_data(f"t.sigma**{n * n}*x0/t.sigma**{n * n}"),
    "a power of a power": lambda n: program(target=f"{'2**' * min(n, 90)}2*x0"),
    "a decimal with many zeros": lambda n: of_data(f"1e-{min(n, 999)}*1e{min(n, 999)}*x0"),
    "parts that double": lambda n: program("z0 = xt\n" + lines(n, "z{1} = concat(z{0}, z{0}, axis = c)")),
    "strings that double": lambda n: program(
        'z0 = "ab"\n' + lines(n, "z{1} = z{0} + z{0}") + f"\nreveal z{n}"
    ),
    "lists that are added": lambda n: program(
        "z0 = [1, 2]\n" + lines(n, "z{1} = z{0} + z{0}") + f"\nreveal z{n}"
    ),
    "sizes that double": lambda n: program("z0 = F\n" + lines(n, "z{1} = z{0} * z{0}") + f"\nreveal z{n}"),
    "dims with squares": lambda n: family(
        "record r0 { a: f32[H*W + H + 1] }\n"
        + lines(n, "record r{1} {{ a: f32[((H + W)*(H - W) + {1})*((H + W)*(H - W) + {1})] }}")
    ),
    "a loop of many rounds": lambda n: program(
        f"z = x0\nfor i in 0 .. {10 ** min(n, 99)} {{ z = z + x0 - x0 }}"
    ),
    "a loop over a long grid": lambda n: program(
        f"z = eps\nfor (s, next) in grid({n * n * n}) {{ z = z + (next.sigma - s.sigma)*student.predict(z, s, c) }}"
    ),
    "a long grid": lambda n: program(f"z = grid({10 ** min(n, 99)})"),
    "loops that read the loop before": lambda n: program(
        "y0 = x0 + 0.1*(student.x0(xt, t, c) - x0)\n"
        + lines(n, "y{1} = y{0}\nfor i{0} in 0 .. 4 {{ y{1} = y{1} + (y{0} - x0) }}")
    ),
    "a loss of many comparisons": lambda n: program(
        "y0 = mse(student.predict(xt, t, c), eps - x0)\n"
        + lines(n, "y{1} = y{0} + {1}*mse(student.predict(xt, t, c), eps - x0, weight = {1})")
        + f"loss all = y{n}"
    ),
    "a sampler written out": lambda n: program(
        f"ts = sigmas([{', '.join(str((n - i) / n) for i in range(n + 1))}])\nz0 = eps\n"
        + lines(n, "z{1} = z{0} + (ts[{1}].sigma - ts[{0}].sigma)*student.predict(z{0}, ts[{0}], c)")
    ),
    "rounds that are counted": lambda n: program(f"k = 0\nfor i in 0 .. {10 ** min(n, 99)} {{ k = k + i }}"),
    "an entry of a long range": lambda n: program(
        f"k ~ pick(0 .. {10 ** min(n, 99)}) per step\nfor i in 0 .. k {{ }}"
    ),
    "levels that are shifted": lambda n: program(
        f"z0 = sigmas([{falling(min(n, 2000))}])\n"
        + lines(min(n, 300), "z{1} = shifted(z0, 3.0)")
        + f"\nreveal z{min(n, 300)}"
    ),
    "levels that are shifted many times": lambda n: program(
        "z0 = sigmas([1.0, 0.3])\n" + lines(n, "z{1} = shifted(z0, {1}.5)")
    ),
    "jvp of a long function": lambda n: program(
        "z = jvp(student.predict(g(xt), t, c), x = eps - x0, t = 1.0)",
        members="graph g(x) {\n z0 = x\n" + lines(n, "z{1} = z{0} + x") + f"\nreturn z{n}/{n + 1} }}",
    ),
    "averages": lambda n: program(
        lines(min(n, 9000), "z{0} = average(student, decay = 0.{1:04}).x0(xt, t, c)")
    ),
    "a state that grows": lambda n: program(
        members="state k = 1.0", body="z0 = k\n" + lines(n, "z{1} = z{0} + k") + f"\nk = z{n}"
    ),
    "methods that double": lambda n: method(TEACH + "\n" + lines(n, "s{1} = s{0} + s{0}") + "\ns0 = 1.0"),
    "loops that carry a large mix": lambda n: program(
        SQUARES + "y = z13*eps\n" + lines(n, "for i{0} in 0 .. 4 {{ y = y + x0 - x0 }}")
    ),
    "loops that carry a mix of many times": lambda n: program(
        of_many_times(min(n, 300))
        + f"y = s{min(n, 300)}\n"
        + lines(n, "for i{0} in 0 .. 4 {{ y = y + x0 - x0 }}")
    ),
    "loops over levels that carry a mix of many times": lambda n: program(
        of_many_times(min(n, 300))
        + f"y = s{min(n, 300)}\n"
        + lines(n, "for (a{0}, b{0}) in grid(4) {{ y = y + x0 - x0 }}")
    ),
    "wrong mixes of many times": lambda n: program(
        of_many_times(min(n, 190)) + lines(n, f"loss l{{0}} = mse(s{min(n, 190)}, x0)")
    ),
    "wrong inputs of many times": lambda n: program(
        of_many_times(min(n, 190)) + lines(n, f"y{{0}} = student.predict(s{min(n, 190)}, t, c)")
    ),
    "reveals of mixes of many times": lambda n: program(
        of_many_times(min(n, 190)) + lines(n, f"reveal s{min(n, 190)}")
    ),
    "roles and fields": lambda n: program(
        members=lines(min(n, 200), "role r{0} = mini(tiny(seed = {0}))")
        + 'data e = shards("d") { '
        + joined(n, "f{0}: clean[r0], g{0}: r0.text")
        + " }"
    ).replace('data clips = shapes("d") { prompt: str, video: pixels[b, 3, F, H, W] }', ""),
    "roles and fields used": lambda n: program(
        lines(min(n, 400), "y{0} = r{0}.clean(batch)"),
        members=lines(min(n, 400), "role r{0} = mini(tiny(seed = {0}))")
        + 'data e = shards("d") { '
        + joined(n, "f{0}: clean[student], g{0}: student.text")
        + " }",
    ).replace('data clips = shapes("d") { prompt: str, video: pixels[b, 3, F, H, W] }', ""),
    "programs with a large graph that fail": lambda n: (
        "import mini\n"
        + "".join(f"program p{i} {{ role s = mini(tiny()) graph g(x) {{ return x }} }}\n" for i in range(n))
    ),
    "deep calls in a chain": lambda n: program(
        target="g0(x0)",
        members=doubling(
            min(n, 47), "{{ return " + "stop(" * min(n, 90) + "g{1}(x)" + ")" * min(n, 90) + " }}"
        ),
    ),
    "deep lists": lambda n: program(
        "z0=x0\n"
        + lines(min(n, 8), "z{1} = [" + ", ".join(["z{0}"] * 10) + "]")
        + "for i in z8 { }\n y = z8[0]"
    ),
    "pairs nested with many": lambda n: program(
        "z0=(x0, x0)\n" + lines(min(n, 5), "z{1} = (z{0}, z{0})") + lines(n, "r{0} = g(z5, z5)"),
        members="graph g(a,b) { return a }",
    ),
    "a state of pairs": lambda n: program("z1 = z\nz = (x0, eps)", members="state z = (1.0, 2.0)"),
    "selects of pairs": lambda n: program("z0=(x0, x0)\n" + lines(n, "z{1} = select(true, z{0}, z{0})")),
    "loops in graphs in loops": lambda n: program(
        "y = x0\nfor i in 0 .. 3 { y = g0(y) }",
        members=doubling(min(n, 20), "{{ for i in 0 .. 3 {{ x = g{1}(x) }}\n return x }}"),
    ),
    "asserts with long reasons": lambda n: program(lines(n, 'assert 1 == 2, "' + "why " * 60 + '"')),
    "one program many times the same error": lambda n: program(
        lines(n, "y{0} = g(x0)"), members="graph g(x) { return student.predict(x, x, x) }"
    ),
    "guided": lambda n: program(
        "u = student.uncond(batch)\n"
        + lines(n, "y{0} = guide(student.predict(xt, t, c), student.predict(xt, t, u), 2.0)")
    ),
    "jvps": lambda n: program(lines(n, "y{0} = jvp(student.predict(xt, t, c), x = eps - x0, t = 1.0)")),
    "recasts": lambda n: program(lines(n, "y{0} = recast(xt, t, to = student)")),
    "bridges": lambda n: program(lines(n, "y{0} = bridge(x0, to = student)")),
    "claims of one thing": lambda n: program(lines(n, "y{0} = (abs(x0) as noisy[student, t])")),
    "picks": lambda n: program(lines(n, "y{0} ~ pick([1, 2, 3]) per step\nfor i{0} in 0 .. y{0} {{ }}")),
    "produces": lambda n: program(
        members=lines(
            n,
            'produce w{0} = (student.clean(batch), student.cond(batch)) to shards("w{0}") {{ fields = [a, b], count = 3 }}',
        )
    ),
    "levels in lists": lambda n: program(
        f"z = sigmas([{falling(n)}])\n" + lines(min(n, 300), "y{0} = z[{0}]")
    ),
    "known levels": lambda n: program(
        f"z = sigmas([{', '.join(str((n - i) / n) for i in range(n))}])\nx = eps\n"
        f"for i in 0 .. {n - 1} {{ x = x + (z[i+1].sigma - z[i].sigma)*student.predict(x, z[i], c) }}"
    ),
}
