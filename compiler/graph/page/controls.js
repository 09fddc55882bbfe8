// The head of the page, tabs, the slider over passes, the legend, and what each key does.

const everyWords = (tab) => (tab.every ? (/^every/.test(tab.every) ? tab.every : `every ${tab.every}`) : "");

function showHead() {
  const sizes = Object.entries(program.sizes).map(([name, value]) =>
    html("span", { class: "chip size", "data-dim": name, tabindex: 0 }, html("b", {}, name), ` ${value}`),
  );
  const several = !currentTab()?.program;
  const roles = (currentTab() ? rolesHere() : program.roles).map((role) => {
    const chip = html("span", {
      class: `chip role ${role.train && role.train !== "frozen" ? "trained" : "frozen"}`,
      "data-role": role.name,
      tabindex: 0,
      title: roleWords(role),
    });
    chip.append(
      several && role.program ? `${role.program} ` : "",
      html("b", {}, role.name),
      ` ${[[role.family, role.variant].filter(Boolean).join("."), role.train].filter(Boolean).join(" · ")}`,
    );
    return chip;
  });
  document.getElementById("name").textContent = program.program;
  const other = program.compared_with
    ? [html("span", { class: "chip" }, "compared with ", html("b", {}, program.compared_with))]
    : [];
  document.getElementById("name").title = program.doc ?? "";
  document.getElementById("about").replaceChildren(...roles, ...sizes, ...other);
  document.title = program.program;
}

// A tab for each graph; the insides of stages and other parts share one list at the end.
function showTabs() {
  const isPart = (tab) => ["stage-graph", "part"].includes(tab.kind) && program.graphs.length > 5;
  const tabs = program.graphs.flatMap((tab, k) => {
    if (isPart(tab)) return [];
    const isFirst = tab.program && program.graphs.findIndex((one) => one.program === tab.program) === k;
    const button = html(
      "button",
      { role: "tab", "aria-selected": k === state.tab ? "true" : "false", "data-tab": tab.id },
      html("span", { dir: "auto" }, tab.title),
      everyWords(tab) ? html("small", {}, everyWords(tab)) : null,
    );
    button.addEventListener("click", () => openTab(k));
    return isFirst ? [html("span", { class: "of", dir: "auto" }, tab.program), button] : [button];
  });
  const chosen = isPart(currentTab());
  const parts = program.graphs
    .map((tab, k) =>
      isPart(tab)
        ? html("option", { value: k, selected: k === state.tab }, [tab.program, tab.title].filter(Boolean).join(" · "))
        : null,
    )
    .filter(Boolean);
  const list = parts.length
    ? html(
        "select",
        { id: "parts", class: chosen ? "chosen" : null, "aria-label": "Insides of stages" },
        html("option", { value: "", selected: !chosen }, "inside a stage …"),
        ...parts,
      )
    : null;
  list?.addEventListener("change", () => list.value !== "" && openTab(+list.value));
  document.getElementById("tabs").replaceChildren(...[...tabs, list].filter(Boolean));
}

const PASSES = {
  lowered: "as checked",
  slice: "sliced",
  share: "shared",
  freeze: "frozen",
  hoist: "hoisted",
  batch: "batched",
  fuse: "fused",
};

function showSlider() {
  const { snapshots } = currentTab();
  const slider = document.getElementById("pass");
  document.getElementById("passes").hidden = snapshots.length < 2;
  slider.max = snapshots.length - 1;
  slider.value = state.pass;
  const shot = snapshots[state.pass];
  const changed = state.changed.size ? `, ${state.changed.size} changed` : state.pass ? ", nothing changed" : "";
  document.getElementById("pass-name").textContent = `${PASSES[shot.pass] ?? shot.pass}${changed}`;
  slider.setAttribute("aria-valuetext", PASSES[shot.pass] ?? shot.pass);
  slider.title = shot.words ?? "";
}

function showLegend() {
  const { shot } = state.view;
  const kinds = {
    program: "program",
    data: "data",
    draw: "random draw",
    time: "time",
    stage: "stage of a role",
    op: "arithmetic",
    loss: "loss",
    result: "result",
    constant: "constant",
    text: "text",
    state: "state kept between steps",
    loop: "loop",
    graph: "graph or method",
  };
  const entries = [];
  const entry = (picture, text) => entries.push(html("span", { class: "entry" }, picture, text));
  const box = (kind) =>
    svg(
      "svg",
      { width: 22, height: 14 },
      svg(
        "g",
        { class: `card ${kind}` },
        svg("rect", { class: "face", x: 1, y: 1, width: 20, height: 12, rx: /draw|time|constant|text|state/.test(kind) ? 6 : 3 }),
      ),
    );
  const line = (kind) => svg("svg", { width: 26, height: 14 }, svg("path", { class: `wire ${kind}`, d: "M1 7h24" }));
  for (const kind of new Set(shot.nodes.map((node) => node.kind))) entry(box(kind), kinds[kind] ?? kind);
  if (shot.nodes.some((node) => node.frozen)) entry(box("stage frozen"), "frozen");
  if (shot.nodes.some((node) => !node.tape && !node.frozen && ["stage", "op", "loop"].includes(node.kind)))
    entry(box("stage tape-free"), "records no gradient");
  if (shot.groups.length) entry(box("kernel"), "one kernel");
  if (shot.refused.length)
    entry(svg("svg", { width: 14, height: 14 }, svg("path", { class: "refusal", d: "M3 3l8 8m0 -8l-8 8" })), "not in one kernel");
  if (state.changed.size) entry(box("op changed"), "changed by this pass");
  for (const change of new Set(shot.nodes.map((node) => node.change).filter(Boolean))) entry(box(`op ${change}`), change);
  const used = new Set(shot.edges.map((edge) => edge.quantity));
  for (const { quantity, words: meaning } of program.legend)
    if (used.has(quantity)) entry(line(quantityClass(quantity)), meaning);
  if (shot.edges.some((edge) => !edge.gradient)) entry(line("stopped"), "no gradient runs back");
  if (shot.edges.some((edge) => edge.back)) entry(line("back"), "to the next round");
  document.getElementById("legend").replaceChildren(...entries);
}

function showMessages() {
  const all = program.diagnostics;
  const box = document.getElementById("messages");
  box.hidden = !all.length;
  box.replaceChildren(
    ...all.map((one) => {
      const made = message(one);
      if (!one.node) return made;
      made.tabIndex = 0;
      made.addEventListener("click", () => goTo(one.node));
      return made;
    }),
  );
}

const KEYS = {
  "/": ["search", () => document.getElementById("search").focus()],
  f: ["fit all", fit],
  "+": ["larger", () => zoom(1.25)],
  "-": ["smaller", () => zoom(0.8)],
  t: ["types at the ports", () => toggle("types")],
  b: ["boxes around calls of graphs", () => toggle("calls")],
  d: ["dark or light", () => setTheme(document.documentElement.dataset.theme === "dark" ? "light" : "dark")],
  l: ["as a list", () => toggleList()],
  e: ["open all boxes", () => foldAll(false)],
  c: ["fold all boxes", () => foldAll(true)],
  g: ["trace the gradient of the chosen loss, or of all", traceGradient],
  ",": ["pass before", () => setPass(state.pass - 1)],
  ".": ["next pass", () => setPass(state.pass + 1)],
  "[": ["tab before", () => openTab(state.tab - 1)],
  "]": ["next tab", () => openTab(state.tab + 1)],
  "?": ["these keys", () => (document.getElementById("help").hidden = !document.getElementById("help").hidden)],
};
const ARROWS = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] };

function keyEvents() {
  const help = document.getElementById("help");
  help.replaceChildren(
    html("h2", {}, "Keys"),
    html(
      "dl",
      {},
      ...Object.entries(KEYS).flatMap(([key, [text]]) => [html("dt", {}, html("kbd", {}, key)), html("dd", {}, text)]),
      html("dt", {}, html("kbd", {}, "Esc")),
      html("dd", {}, "nothing chosen"),
    ),
  );
  addEventListener("keydown", (event) => {
    const typing = event.target.matches?.("input[type=search]");
    if (event.key === "Escape") {
      help.hidden = true;
      document.getElementById("search").value = "";
      document.getElementById("search").blur();
      search("");
      return select(null);
    }
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Enter" && event.target.dataset?.id) return select(event.target.dataset.id);
    if (ARROWS[event.key] && !event.target.matches?.("input")) pan(...ARROWS[event.key]);
    else if (KEYS[event.key]) KEYS[event.key][1]();
    else return;
    event.preventDefault();
  });
}

function controlEvents() {
  const on = (id, act, kind = "click") => document.getElementById(id).addEventListener(kind, act);
  on("search", (event) => search(event.target.value), "input");
  on("search", (event) => event.key === "Enter" && state.held && bringIntoView([...state.held[0]][0]), "keydown");
  on("pass", (event) => setPass(+event.target.value), "input");
  on("fit", fit);
  on("calls", () => toggle("calls"));
  on("types", () => toggle("types"));
  on("open-all", () => foldAll(false));
  on("fold-all", () => foldAll(true));
  on("as-list", toggleList);
  on("theme", KEYS.d[1]);
  on("svg", exportSvg);
  on("png", exportPng);
  on("print", () => print());
  on("keys", KEYS["?"][1]);
}
