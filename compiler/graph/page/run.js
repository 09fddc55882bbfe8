// What a run measured, laid over its program: losses and the time of a step.

function plot(name, values, width, height) {
  const known = values.map((v, k) => [program.run.steps[k], v]).filter(([, v]) => v !== null && Number.isFinite(v));
  if (!known.length) return null;
  const [steps, found] = [known.map(([s]) => s), known.map(([, v]) => v)];
  const [low, high, first, last] = [Math.min(...found), Math.max(...found), steps[0], steps.at(-1)];
  const x = (s) => 2 + ((s - first) / (last - first || 1)) * (width - 4);
  const y = (v) => height - 3 - ((v - low) / (high - low || 1)) * (height - 6);
  const d = known.map(([s, v], k) => `${k ? "L" : "M"}${x(s).toFixed(1)} ${y(v).toFixed(1)}`).join("");
  const label = `${name}: ${figure(found.at(-1))} at step ${last}, between ${figure(low)} and ${figure(high)}`;
  return svg(
    "svg",
    { class: "plot", width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label },
    svg("path", { d }),
    svg("circle", { cx: x(last), cy: y(found.at(-1)), r: 2.4 }),
    svg("title", {}, label),
  );
}

const figure = (value) =>
  Math.abs(value) >= 1e4 || (value !== 0 && Math.abs(value) < 1e-3) ? value.toExponential(2) : String(+value.toPrecision(3));

// What a run measured of a loss of this tab: `ROLE.LOSS` where several updates have one of that name.
function curveOf(name) {
  const curves = Object.entries(program.run?.losses ?? {}).filter(([key]) => key === name || key.endsWith(`.${name}`));
  const own = curves.find(([key]) => currentTab().trains.some((role) => key.startsWith(`${role}.`)));
  return (own ?? curves[0])?.[1];
}

function showRun() {
  const strip = document.getElementById("run");
  const run = program.run;
  strip.hidden = !run || !run.steps.length;
  if (strip.hidden) return;
  const curves = [...Object.entries(run.losses), ["seconds a step", run.step_time]];
  strip.replaceChildren(
    html("b", {}, `run, ${run.steps.at(-1)} steps`),
    ...curves.map(([name, values]) => {
      const last = values.filter((v) => v !== null).at(-1);
      return html(
        "span",
        { class: "curve" },
        html("span", { class: "muted" }, name),
        plot(name, values, 110, 24) ?? "",
        html("b", {}, last === undefined ? "" : figure(last)),
      );
    }),
  );
}
