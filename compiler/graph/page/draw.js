// SVG by hand: cards with ports, boxes, bands and wires.

const SVG = "http://www.w3.org/2000/svg";
const pen = document.createElement("canvas").getContext("2d");
const widths = new Map();
const FONT = '"Inter", "Segoe UI", "Helvetica Neue", "DejaVu Sans", Arial, sans-serif';

function wide(text, size, bold = false) {
  if (!text) return 0;
  const key = `${size}${bold}${text}`;
  if (!widths.has(key)) {
    pen.font = `${bold ? 600 : 400} ${size}px ${FONT}`;
    widths.set(key, pen.measureText(text).width);
  }
  return widths.get(key);
}

function svg(name, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes))
    if (value !== null && value !== undefined && value !== false) made.setAttribute(key, value);
  made.append(...children.filter((child) => child !== null));
  return made;
}

// Text from a program: directional marks inside it stay inside it.
const words = (x, y, text, kind, more = {}) =>
  svg("text", { x, y, class: kind, direction: "ltr", "unicode-bidi": "isolate", ...more }, text);

// A type with each dim to point at.
function typeText(x, y, port, kind, more) {
  const text = typeWords(port);
  const made = words(x, y, "", kind, more);
  if (text !== short(text, 190, 10) || !port.dims?.length) made.textContent = short(text, 190, 10);
  else
    for (const bit of text.split(/([^\s[\],]+)/)) {
      const dim = port.dims.find(([name, value]) => (name || value) === bit);
      made.append(dim ? svg("tspan", { class: "dim", "data-dim": bit }, bit) : bit);
    }
  return made;
}

function short(text, most, size, bold = false) {
  if (wide(text, size, bold) <= most) return text;
  let end = text.length;
  while (end > 1 && wide(`${text.slice(0, end)}…`, size, bold) > most) end--;
  return `${text.slice(0, end)}…`;
}

const SMALL = ["draw", "time", "constant", "text", "op", "state"];
const quantityClass = (quantity) => {
  const k = program.legend.findIndex((entry) => entry.quantity === quantity);
  return k < 0 ? "q-other" : `q${k % 12}`;
};
const wireLabel = (wire) => wire.edges[0].label || "";

function titleOf(item) {
  if (item.id.startsWith("lane ")) return item.lane;
  return item.node?.title ?? item.group?.kernel ?? item.call?.text ?? item.id;
}

function subtitle(item) {
  if (item.id.startsWith("lane ")) return `${item.holds} inside, folded`;
  if (item.group) return [saved(item.group), item.open ? "" : `${item.holds} ops in one kernel`].filter(Boolean).join(" · ");
  if (item.call) return item.open ? `${item.call.file}:${item.call.line}` : `${item.holds} inside`;
  const node = item.node;
  const marks = [node.shared && "shared", node.hoisted && "hoisted"].filter(Boolean);
  return [node.note, item.open || !item.holds ? "" : `${item.holds} inside`, ...marks].filter(Boolean).join(" · ");
}

const saved = (group) => (group.bytes_saved ? `saves ${bytes(group.bytes_saved)}` : "");

function bytes(n) {
  for (const [unit, size] of [
    ["TB", 1e12],
    ["GB", 1e9],
    ["MB", 1e6],
    ["kB", 1e3],
  ])
    if (n >= size) return `${+(n / size).toPrecision(3)} ${unit}`;
  return `${n} B`;
}

function count(n) {
  for (const [unit, size] of [
    ["T", 1e12],
    ["B", 1e9],
    ["M", 1e6],
    ["k", 1e3],
  ])
    if (n >= size) return `${+(n / size).toPrecision(3)} ${unit}`;
  return String(n);
}

// `space [b, 16, 21] dtype`, dims by name.
function typeWords(port) {
  const dims = port.dims?.length ? `[${port.dims.map(([name, value]) => name || value).join(", ")}]` : "";
  return dims ? [port.space, dims, port.dtype].filter(Boolean).join(" ") : [port.space, port.type].filter(Boolean).join(" ");
}

// Lines of at most `most` pixels, cut between words; what does not fit on `count` lines ends in dots.
function wrapped(text, most, size, bold, count) {
  const lines = [];
  let rest = text;
  while (rest && lines.length < count - 1 && wide(rest, size, bold) > most) {
    let end = rest.length;
    while (end > 0 && wide(rest.slice(0, end), size, bold) > most) end = rest.lastIndexOf(" ", end - 1);
    if (end <= 0) break;
    lines.push(rest.slice(0, end));
    rest = rest.slice(end + 1);
  }
  return [...lines, short(rest, most, size, bold)];
}

// What leaves a port, in words: of the wires that start there, or of its type.
function givenWords(item, port) {
  const wire = state.view.from.get(item.id)?.find((one) => one.from === port.name);
  return port.words || (wire && wireLabel(wire)) || "";
}

// How large a card is, and where its ports and lines are. Small ones have no names at their ports.
function cardSize(item) {
  const [ins, outs] = [[...item.ins], [...item.outs]];
  const isSmall =
    SMALL.includes(item.node?.kind) || (item.node && item.node.kind !== "loss" && ins.length <= 1 && outs.length <= 1);
  const small = isSmall && !item.holds && !state.types && outs.length <= 1;
  const lines = wrapped(titleOf(item), small ? 170 : 200, 13, true, 2).map((text) => ({ text, kind: "title", size: 13 }));
  if (subtitle(item)) lines.push({ text: short(subtitle(item), small ? 190 : 220, 11), kind: "note", size: 11 });
  const lately = lastLoss(item);
  if (lately) lines.push({ text: lately, kind: "note", size: 11 });
  const given = outs.length === 1 && small ? givenWords(item, outs[0][1]) : "";
  if (given) lines.push({ text: short(given, 180, 11), kind: `given ${quantityClass(outs[0][1].quantity)}`, size: 11 });
  const head = 10 + 15 * lines.length;
  const broad = Math.max(...lines.map((line) => wide(line.text, line.size, line.size === 13)));
  if (small) {
    const h = Math.max(head + 4, 13 * Math.max(ins.length, outs.length) + 6);
    const spread = (list) => new Map(list.map(([port], k) => [port, (h * (k + 1)) / (list.length + 1)]));
    return { w: broad + 28, h, ins: spread(ins), outs: spread(outs), lines, small };
  }
  const under = (port, right) =>
    [right && givenWords(item, port), state.types && typeWords(port)].filter(Boolean).map((text) => short(text, 190, 10));
  const names = (list, right) =>
    Math.max(
      0,
      ...list.map(([, p]) => Math.max(wide(short(p.name, 120, 12), 12), ...under(p, right).map((text) => wide(text, 10)))),
    );
  const down = (list, right) => {
    let y = head + 8;
    const at = new Map();
    for (const [key, port] of list) {
      at.set(key, y + 8);
      y += 20 + 12 * under(port, right).length;
    }
    return [at, y];
  };
  const [[inY, a], [outY, b]] = [down(ins, false), down(outs, true)];
  const foot = item.node?.kind === "loss" && !outs.length ? 24 : 0;
  const updates = foot ? wide(updatesWords(item), 11, true) + 28 : 0;
  const w = Math.max(broad + 28 + (item.holds ? 18 : 0), names(ins, false) + names(outs, true) + 44, updates, 96);
  return { w, h: Math.max(a, b) + foot + (ins.length + outs.length ? 2 : -4), ins: inY, outs: outY, lines, foot, under };
}

const updatesWords = (item) => {
  const roles = lossOf(item)?.trains ?? currentTab().trains;
  return roles.length ? `→ updates ${roles.join(", ")}` : "";
};
function lastLoss(item) {
  const loss = lossOf(item);
  const values = loss && curveOf(loss.name)?.filter((value) => value !== null);
  return values?.length ? `${figure(values.at(-1))} at step ${program.run.steps.at(-1)}` : "";
}

const lossOf = (item) => currentTab().losses.find((loss) => loss.node === item.id);

function classes(item) {
  const node = item.node;
  const kind = item.id.startsWith("lane ") ? "folded-lane" : item.group ? "kernel" : (node?.kind ?? "graph");
  const marks = node ? [node.frozen && "frozen", !node.tape && "tape-free", node.trains && "trains", node.change] : [];
  return ["card", kind, ...marks.filter(Boolean), state.changed.has(item.id) && "changed", problems(item.id).length && "faulty"]
    .filter(Boolean)
    .join(" ");
}

function drawCard(item) {
  const { size, x, y } = item;
  const g = svg("g", {
    class: classes(item),
    transform: `translate(${x} ${y})`,
    "data-id": item.id,
    tabindex: 0,
    role: "button",
    "aria-label": spoken(item),
  });
  const kind = item.node?.kind;
  const round = ["draw", "time", "constant", "text", "state"].includes(kind) ? size.h / 2 : kind === "op" ? 12 : 7;
  if (item.holds) g.append(svg("rect", { class: "under", x: 4, y: 4, width: size.w, height: size.h, rx: round }));
  g.append(svg("rect", { class: "face", width: size.w, height: size.h, rx: Math.min(round, 21) }));
  const middle = size.small;
  const [at, anchor] = middle ? [size.w / 2, "middle"] : [14, "start"];
  const top = (middle ? (size.h - 15 * size.lines.length) / 2 : 8) + 11;
  size.lines.forEach((line, k) => g.append(words(at, top + 15 * k, line.text, line.kind, { "text-anchor": anchor })));
  if (item.holds) g.append(fold(item, size.w - 18, 14));
  for (const [side, ports] of [
    ["ins", item.ins],
    ["outs", item.outs],
  ]) {
    const right = side === "outs";
    const [px, tx, ends] = right ? [size.w, size.w - 12, { "text-anchor": "end" }] : [0, 12, {}];
    for (const [key, port] of ports) {
      const py = size[side].get(key);
      g.append(svg("circle", { class: `port ${quantityClass(port.quantity)}`, cx: px, cy: py, r: 3.2, "data-port": key }));
      if (middle) continue;
      g.append(words(tx, py + 4, short(port.name, 120, 12), "port-name", ends));
      const given = right ? givenWords(item, port) : "";
      if (given) g.append(words(tx, py + 16, short(given, 190, 10), `port-type given ${quantityClass(port.quantity)}`, ends));
      if (state.types && typeWords(port)) g.append(typeText(tx, py + (given ? 28 : 16), port, "port-type", ends));
    }
  }
  if (size.foot && updatesWords(item)) g.append(words(14, size.h - 10, updatesWords(item), "updates"));
  const faults = problems(item.id);
  if (faults.length)
    g.append(
      svg(
        "g",
        { class: `badge ${faults[0].severity}` },
        svg("circle", { cx: size.w - 2, cy: 2, r: 9 }),
        words(size.w - 2, 6, "!", "", { "text-anchor": "middle" }),
      ),
    );
  return g;
}

function drawBox(item) {
  const { x, y, size } = item;
  const g = svg("g", {
    class: `${classes(item)} open`,
    transform: `translate(${x} ${y})`,
    "data-id": item.id,
    tabindex: 0,
    role: "button",
    "aria-label": spoken(item),
  });
  g.append(svg("rect", { class: "face", width: size.w, height: size.h, rx: 12 }));
  const title = titleOf(item);
  g.append(words(34, 22, title, "title"), words(44 + wide(title, 13, true), 22, subtitle(item), "note"), fold(item, 18, 17));
  return g;
}

function fold(item, x, y) {
  const g = svg(
    "g",
    { class: "fold", "data-fold": item.id, transform: `translate(${x} ${y})` },
    svg("circle", { r: 8 }),
    svg("path", { d: item.open ? "M-4 0h8" : "M-4 0h8M0 -4v8" }),
  );
  g.append(svg("title", {}, item.open ? "Fold" : "Open"));
  return g;
}

function drawWire({ wire, points }) {
  const d = rounded(points);
  const first = wire.edges[0];
  const stopped = wire.edges.every((edge) => !edge.gradient);
  const kind = ["wire", quantityClass(first.quantity), stopped && "stopped", wire.back && "back", first.change]
    .filter(Boolean)
    .join(" ");
  const data = {
    "data-edges": JSON.stringify(wire.edges.map((e) => e.id)),
    "data-source": wire.source,
    "data-target": wire.target,
  };
  const refused = state.view.shot.refused.find((pair) =>
    wire.edges.some((e) => pair.nodes[0] === e.source && pair.nodes[1] === e.target),
  );
  const [x, y] = points.at(-1);
  const cut =
    refused &&
    svg(
      "path",
      { class: "refusal", d: `M${x - 13} ${y - 4}l8 8m0 -8l-8 8` },
      svg("title", {}, `not in one kernel: ${refused.reason}`),
    );
  return [
    svg("path", { class: "halo", d }),
    svg("path", { class: kind, d, ...data }, svg("title", {}, wireWords(wire))),
    ...(cut ? [cut] : []),
  ];
}

const wireWords = (wire) =>
  [
    wireLabel(wire),
    wire.edges.some((e) => e.gradient) ? "the gradient runs back along it" : "no gradient",
    wire.back ? "to the next round" : "",
  ]
    .filter(Boolean)
    .join(" · ");

function rounded(points) {
  const kept = points.filter(([x, y], k) => k === 0 || Math.hypot(x - points[k - 1][0], y - points[k - 1][1]) > 0.1);
  let d = `M${kept[0][0].toFixed(1)} ${kept[0][1].toFixed(1)}`;
  for (let k = 1; k < kept.length - 1; k++) {
    const [[ax, ay], [bx, by], [cx, cy]] = [kept[k - 1], kept[k], kept[k + 1]];
    const r = Math.min(7, Math.hypot(bx - ax, by - ay) / 2, Math.hypot(cx - bx, cy - by) / 2);
    const back = Math.hypot(bx - ax, by - ay),
      ahead = Math.hypot(cx - bx, cy - by);
    d += `L${(bx - ((bx - ax) / back) * r).toFixed(1)} ${(by - ((by - ay) / back) * r).toFixed(1)}`;
    d += `Q${bx.toFixed(1)} ${by.toFixed(1)} ${(bx + ((cx - bx) / ahead) * r).toFixed(1)} ${(by + ((cy - by) / ahead) * r).toFixed(1)}`;
  }
  const [x, y] = kept.at(-1);
  return `${d}L${x.toFixed(1)} ${y.toFixed(1)}`;
}

const LANE = 112;

function drawScene(scene) {
  const isCompared = state.view.shot.nodes.some((node) => node.change) || state.view.shot.edges.some((edge) => edge.change);
  const world = svg("g", { id: "world", class: isCompared ? "compared" : null });
  const layer = (name) => world.appendChild(svg("g", { class: name }));
  const [bands, boxes, wires, cards] = ["bands", "boxes", "wires", "cards"].map(layer);
  for (const band of scene.bands) {
    const role = rolesHere().find((r) => r.name === band.lane);
    const trained = currentTab().trains.includes(band.lane);
    const g = svg("g", { class: `band ${trained ? "trained" : ""}`, "data-lane": band.lane });
    g.append(svg("rect", { x: -LANE, y: band.y - BAND.pad, width: scene.w + LANE + 24, height: band.h + 2 * BAND.pad, rx: 12 }));
    const name = band.lane === "data" && !role ? "data" : band.lane;
    const label = svg("g", { class: "lane-name", "data-role": role?.name, transform: `translate(${-LANE + 14} ${band.y + 10})` });
    label.append(words(0, 0, short(name, LANE - 24, 13, true), "title"));
    if (role) {
      label.append(words(0, 16, short(role.variant || role.family, LANE - 24, 11), "note"));
      const asked = currentTab().roles.find((one) => one.role === role.name);
      label.append(words(0, 31, trained ? "trained here" : "not trained here", trained ? "updates" : "note"));
      if (asked?.forwards)
        label.append(
          words(0, 46, short(asked.forwards === "1" ? "1 forward" : `${asked.forwards} forwards`, LANE - 24, 11), "note"),
        );
    }
    label.append(fold({ id: `lane ${band.lane}`, open: !state.folded.has(`lane ${band.lane}`) }, LANE - 34, -4));
    bands.append(g);
    if (currentTab().kind !== "overview") g.append(label);
  }
  const depth = (item) => (item.parent === ROOT ? 0 : 1 + depth(state.view.items.get(item.parent)));
  for (const item of scene.items.filter((i) => i.open).sort((a, b) => depth(a) - depth(b))) boxes.append(drawBox(item));
  for (const item of scene.items.filter((i) => !i.open)) cards.append(drawCard(item));
  for (const drawn of scene.wires) wires.append(...drawWire(drawn));
  return world;
}

// What a screen reader says of a card, behind its title.
function facts(item) {
  const node = item.node;
  const marks = node ? [node.frozen && "frozen", node.shared && "shared", node.hoisted && "kept on disk"] : [];
  const notes = item.group || item.call ? subtitle(item) : node?.note;
  return [
    ...new Set(
      [node?.kind ?? (item.group ? "kernel" : item.call ? "graph" : "folded"), notes, item.lane, ...marks].filter(Boolean),
    ),
  ].join(", ");
}

const spoken = (item) => `${titleOf(item)}, ${facts(item)}`;
