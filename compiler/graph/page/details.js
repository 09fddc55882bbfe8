// The panel at the right: all that is known of a card, a wire or a kernel.

function html(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes))
    if (value !== null && value !== undefined && value !== false) made.setAttribute(key, value);
  made.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== ""));
  return made;
}

const part = (title, ...content) =>
  content.flat(Infinity).some(Boolean) ? html("section", {}, html("h3", {}, title), ...content) : null;
const pre = (text, kind) => (text ? html("pre", { class: kind, dir: "ltr" }, text) : null);

function showDetails(id) {
  const panel = document.getElementById("details");
  const isLane = id?.startsWith("lane ");
  const item = id === null ? null : (state.view.items.get(id) ?? (isLane ? { lane: id.slice(5), holds: 0 } : null));
  panel.hidden = !item;
  if (!item) return;
  const close = html("button", { class: "close", "aria-label": "Close" }, "×");
  close.addEventListener("click", () => select(null));
  const body = item.group ? ofKernel(item.group) : item.node ? ofNode(item.node) : item.call ? ofCall(item) : ofLane(item);
  panel.classList.toggle("wide", Boolean(item.group));
  panel.replaceChildren(close, ...body.filter(Boolean));
  panel.scrollTop = 0;
}

function ofNode(node) {
  const shot = state.view.shot;
  const marks = [
    node.trains && "trained by this update",
    node.frozen && "frozen",
    node.tape ? "recorded for the backward pass" : "nothing recorded for the backward pass",
    node.shared && "shared: one value for several places",
    node.hoisted && "kept on disk and read again",
    node.change,
  ].filter(Boolean);
  const loss = currentTab().losses.find((one) => one.node === node.id);
  const refused = shot.refused.filter((pair) => pair.nodes.includes(node.id));
  const curve = loss && curveOf(loss.name);
  const trace = html("button", {}, "Trace its gradient");
  trace.addEventListener("click", () => ((state.held = gradientOf(node.id)), rest()));
  return [
    html("h2", { dir: "auto" }, node.title),
    html("p", { class: "muted" }, [node.kind, node.lane !== "data" ? node.lane : "", node.note].filter(Boolean).join(" · ")),
    node.doc ? html("p", { class: "doc", dir: "auto" }, node.doc) : null,
    html("p", { class: "marks" }, ...marks.map((mark) => html("span", { class: "chip" }, mark))),
    ...problems(node.id).map(message),
    loss
      ? part(
          "Loss",
          html(
            "p",
            {},
            [
              loss.weight && `weight ${loss.weight}`,
              loss.normaliser && `normalised by ${loss.normaliser}`,
              loss.trains?.length && `updates ${loss.trains.join(", ")}`,
            ]
              .filter(Boolean)
              .join("; ") || "weight 1",
          ),
          curve ? plot(loss.name, curve, 300, 60) : null,
          trace,
        )
      : null,
    part("Takes", ...node.ports.filter((p) => p.side === "in").map((p) => ofPort(p, node))),
    part("Gives", ...node.ports.filter((p) => p.side === "out").map((p) => ofPort(p, node))),
    node.formula ? part("Formula", pre(node.formula, "formula")) : null,
    costs(node.cost),
    node.trace.length ? part("FDL", snippet(node.trace.at(-1))) : null,
    part("Called from", ...node.trace.slice(0, -1).reverse().map(snippet)),
    planLines(node.plan_line),
    refused.length
      ? part(
          "Not in one kernel",
          ...refused.map((pair) => html("p", {}, `${pair.nodes.map(nameOf).join(" and ")}: ${pair.reason}`)),
        )
      : null,
  ];
}

function ofKernel(group) {
  return [
    html("h2", {}, group.kernel),
    html("p", { class: "muted" }, ["one kernel", saved(group)].filter(Boolean).join(" · ")),
    part("Computes", ...group.nodes.map((id) => html("p", {}, nameOf(id)))),
    group.formula ? part("Formula", pre(group.formula, "formula")) : null,
    html(
      "div",
      { class: "side-by-side" },
      part("FDL", ...group.lines.map(snippet)),
      part("Kernel", pre(group.source, "kernel-source")),
    ),
  ];
}

const ofCall = (item) => [
  html("h2", {}, item.call.text),
  html("p", { class: "muted" }, "a call of a graph"),
  part("FDL", snippet(item.call)),
];

function ofLane(item) {
  const role = rolesHere().find((one) => one.name === item.lane);
  const asked = currentTab().roles.find((one) => one.role === item.lane);
  return [
    html("h2", {}, item.lane),
    html("p", { class: "muted" }, item.holds ? `${item.holds} inside, folded` : role ? "role" : ""),
    role ? html("p", {}, roleWords(role)) : null,
    role?.init ? html("p", { class: "muted" }, `begins from ${role.init}`) : null,
    asked ? part("Asked of it on one sample", html("p", {}, askedWords(asked))) : null,
  ];
}

const askedWords = (asked) =>
  [
    asked.forwards && `forwards: ${asked.forwards}`,
    asked.backwards ? "a gradient comes back" : "no gradient comes back",
    asked.flops && `${count(asked.flops)} FLOPs forward`,
    asked.bytes && `${bytes(asked.bytes)} moved`,
  ]
    .filter(Boolean)
    .join(" · ");

const nameOf = (id) => state.view.nodes.get(id)?.title ?? id;
const roleWords = (role) =>
  [
    [role.family, role.variant].filter(Boolean).join("."),
    role.train && (role.train === "frozen" ? "frozen" : `trained: ${role.train}`),
    role.averages?.length && `averages: ${role.averages.join(", ")}`,
    role.parameters && `${count(role.parameters)} parameters`,
    role.bytes && bytes(role.bytes),
  ]
    .filter(Boolean)
    .join(" · ");

function ofPort(port, node) {
  const dims = (port.dims ?? []).flatMap(([name, value], k) => [
    k ? ", " : "",
    html(
      "span",
      { class: "dim", "data-dim": name || value, tabindex: 0 },
      name && String(value) !== name ? `${name} = ${value}` : `${value || name}`,
    ),
  ]);
  const legend = program.legend.find((entry) => entry.quantity === port.quantity)?.words;
  const ends = state.view.shot.edges.filter((e) =>
    port.side === "in"
      ? e.target === node.id && e.target_port === port.name
      : e.source === node.id && e.source_port === port.name,
  );
  return html(
    "div",
    { class: "port-row" },
    html(
      "p",
      {},
      html("span", { class: `dot ${quantityClass(port.quantity)}` }),
      html("b", { dir: "auto" }, port.name),
      " ",
      port.words || legend || "",
    ),
    html(
      "p",
      { class: "muted" },
      [port.space, dims.length ? port.dtype : port.type].filter(Boolean).join(" · "),
      dims.length ? [" [", ...dims, "]"] : "",
    ),
    port.sigma ? html("p", { class: "muted" }, `σ = ${port.sigma}`) : null,
    ends.length
      ? html(
          "p",
          { class: "muted ends" },
          port.side === "in" ? "from " : "to ",
          ends.map((e, k) => [k ? ", " : "", jump(port.side === "in" ? e.source : e.target)]),
        )
      : null,
  );
}

function jump(id) {
  const link = html("button", { class: "link" }, nameOf(id));
  link.addEventListener("click", () => (select(state.view.find(id)), bringIntoView(id)));
  return link;
}

function costs(cost) {
  if (!cost) return null;
  const known = [
    cost.parameters && `${count(cost.parameters)} parameters`,
    cost.flops && `${count(cost.flops)} FLOPs a sample`,
    cost.bytes && `${bytes(cost.bytes)} moved`,
    cost.forwards && `forwards: ${cost.forwards}`,
  ].filter(Boolean);
  return known.length ? part("Costs", html("p", {}, known.join(" · "))) : null;
}

// The lines of FDL, with one around them, and where they stand.
function snippet(place) {
  const text = program.sources?.[place.file];
  const where = html(
    "button",
    { class: "link where", "data-file": place.file, "data-line": place.line },
    `${place.file}:${place.line}`,
  );
  where.addEventListener("click", () => openInEditor(place.file, place.line));
  if (!text) return html("div", {}, where, pre(place.text, "fdl"));
  const lines = text.split("\n");
  const from = Math.max(1, place.line - 1),
    to = Math.min(lines.length, (place.end ?? place.line) + 1);
  return html("div", {}, where, numbered(lines, from, to, place.line, place.end ?? place.line, "fdl"));
}

function numbered(lines, from, to, first, last, kind) {
  const shown = html("pre", { class: kind, dir: "ltr" });
  for (let n = from; n <= to; n++)
    shown.append(
      html("span", { class: n >= first && n <= last ? "line here" : "line" }, `${String(n).padStart(4)}  ${lines[n - 1]}`),
    );
  return shown;
}

function planLines(line) {
  if (!program.plan || !line) return null;
  const lines = program.plan.split("\n");
  return part(`plan.py:${line}`, numbered(lines, Math.max(1, line - 2), Math.min(lines.length, line + 2), line, line, "plan"));
}

// Messages of the checker, at the cards where they arise.
const problems = (id) => program.diagnostics.filter((one) => one.node && one.node === `${currentTab().id}/${id}`);

function written(one) {
  const line = program.sources?.[one.file]?.split("\n")[one.line - 1];
  return html("p", { class: "muted" }, `${one.file}:${one.line}`, line ? html("code", { dir: "ltr" }, line.trim()) : null);
}

function message(one) {
  return html(
    "div",
    { class: `message ${one.severity}` },
    html("b", {}, `${one.severity}[${one.code}] `),
    html("span", { dir: "auto" }, one.message),
    written(one),
    one.help ? html("p", {}, `help: ${one.help}`) : null,
  );
}
