"""One thing inside the other."""

from __future__ import annotations

from .frames import Bomb, around, family, method, of_data, program

NESTED: dict[str, Bomb] = {
    "parentheses": lambda n: of_data(around(n, "(", "x0", ")")),
    "parentheses left open": lambda n: program(target="(" * n),
    "parentheses too many": lambda n: program(target="x0" + ")" * n),
    "brackets of a list": lambda n: program(target=around(n, "[", "x0", "]")),
    "braces": lambda n: program(target=around(n, "{ a = ", "x0", "}")),
    "brackets of all kinds": lambda n: program(target="([{" * n),
    "brackets crossed": lambda n: program(target="([{)]}" * n),
    "braces only": lambda n: "{" * n,
    "braces only closing": lambda n: "}" * n,
    "pairs": lambda n: program(target=around(n, "(1, ", "x0", ")")),
    "minus signs": lambda n: of_data("-" * (2 * n) + "x0"),
    "not": lambda n: program(f"assert {'not ' * (2 * n)}true"),
    "powers": lambda n: program(
        "z = mean(x0"
        + "**2" * n
        + ", per = sample)\nloss more = mean(z*mse(student.x0(xt, t, c), x0, per = sample))"
    ),
    "stop in stop": lambda n: of_data(around(n, "stop(", "x0", ")")),
    "calls of calls": lambda n: program(target="f" + "()" * n),
    "indices": lambda n: program(target="x0" + "[0]" * n),
    "attributes": lambda n: program(target="x0" + ".a" * n),
    "claims": lambda n: of_data("(" * n + "abs(x0)" + " as clean[student])" * n),
    "select in select": lambda n: of_data(around(n, "select(t.sigma > 0.5, x0, ", "x0", ")")),
    "jvp in jvp": lambda n: program(
        f"z = {around(n, 'jvp(student.predict((', 'xt', ' as noisy[student, t]), t, c), x = eps - x0, t = 1.0)')}"
    ),
    "average in average": lambda n: program(
        target=around(n, "average(", "student", ", decay = 0.9)") + ".x0(xt, t, c)"
    ),
    "shifted in shifted": lambda n: program(f"s ~ {around(n, 'shifted(', 'uniform(0, 1)', ', 3.0)')}"),
    "clamp in clamp": lambda n: program(f"s ~ {around(n, 'clamp(', 'uniform(0, 1)', ', 0.1, 0.9)')}"),
    "pick in pick": lambda n: program(f"s ~ {around(n, 'pick(', '0 .. 4', ')')}"),
    "ticks in ticks": lambda n: program(f"s = {around(n, 'ticks(', '1', ')')}"),
    "list types": lambda n: method(f"param a: {around(n, '[', 'int', ']')} = 1"),
    "pair types": lambda n: method(f"param a: {around(n, '(int, ', 'int', ')')} = 1"),
    "dims in dims": lambda n: method(f"param a: {around(n, 'f32[', '1', ']')} = 1"),
    "blocks": lambda n: f"program p {{ update s {{{'for i in 0 .. 2 {' * n}{'}' * n} }} }}",
    "loops in loops": lambda n: program(f"z = x0\n{'for i in 0 .. 2 { ' * n} z = z {'}' * n}"),
    "loops in loops that rebind": lambda n: program(
        f"z = x0\n{''.join(f'for i{i} in 0 .. 3 {{ z = z + z - x0 ' for i in range(n))}{'}' * n}"
    ),
    "loops in loops over levels": lambda n: program(
        f"z = eps\n{''.join(f'for (t{i}, n{i}) in grid(4) {{ ' for i in range(n))} z = z {'}' * n}"
    ),
    "a settings block in itself": lambda n: program(members=f"mesh {around(n, '{ a = ', '1', '}')}"),
    "nested config": lambda n: family(
        f"component q = python.Q {{ config = {around(n, '{ a = ', '1', ' }')} }}"
    ),
    "a sum in brackets": lambda n: of_data(f"{around(n, '(x0 + ', 'x0', ')')}/{n + 1}"),
    "a difference in brackets": lambda n: of_data(around(2 * n, "(x0 - ", "x0", ")")),
    "a chain of comparisons": lambda n: program(target=" < ".join(["1"] * n)),
}
