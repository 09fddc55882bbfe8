// From what is visible to a drawing with places: boxes from the inside out, wires cut at the walls that they pass.

const BOX = { head: 34, side: 14, foot: 14, back: 16 };

function arrange(view, lanes, size) {
  const containers = new Map([[ROOT, { items: [], wires: new Map() }]]);
  for (const item of view.items.values()) if (item.open) containers.set(item.id, { items: [], wires: new Map() });
  const routes = view.wires.map((wire) => ({ wire, parts: cut(wire, view.items, containers) }));
  const laid = new Map();
  const inside = new Map([...containers.keys()].map((id) => [id, []]));
  for (const item of view.items.values()) inside.get(item.parent).push(item);
  const lay = (id) => {
    const container = containers.get(id);
    for (const item of inside.get(id)) {
      const found = item.open ? boxed(item, lay(item.id)) : size(item);
      item.size = found;
      container.items.push({
        id: item.id,
        lane: item.lane,
        w: found.w,
        h: found.h,
        ins: found.ins,
        outs: found.outs,
        last: ["loss", "result"].includes(item.node?.kind),
      });
    }
    laid.set(id, layered(container, lanes, id === ROOT));
    return laid.get(id);
  };
  const top = lay(ROOT);
  place(inside, laid, ROOT, 0, 0);
  const wires = routes.map(({ wire, parts }) => ({ wire, points: joined(parts, laid, view.items) }));
  return { w: top.w, h: top.h, bands: top.bands.filter((band) => band.used), items: [...view.items.values()], wires };
}

// A wire as parts, one for each container that it runs through.
function cut(wire, items, containers) {
  const above = (id) => {
    const chain = [];
    for (let at = id; at !== ROOT; at = items.get(at).parent) chain.push(items.get(at).parent);
    return chain;
  };
  const open = (id) => items.get(id).open;
  const within = (inner, outer) => above(inner).includes(outer);
  const enters = open(wire.source) && within(wire.target, wire.source);
  const leaves = open(wire.target) && within(wire.source, wire.target);
  const ups = enters ? [wire.source, ...above(wire.source)] : above(wire.source);
  const downs = leaves ? [wire.target, ...above(wire.target)] : above(wire.target);
  const shared = ups.find((id) => downs.includes(id));
  const parts = [];
  const net = `${wire.source}.${wire.from}`;
  let from = enters ? { pin: `own ${wire.from}` } : { item: wire.source, port: wire.from };
  const push = (container, to) => {
    const back = wire.back && Boolean(from.item && to.item) && container === shared; // only there it turns round
    const key = `${JSON.stringify(from)}>${JSON.stringify(to)}${back ? " back" : ""}`;
    containers.get(container).wires.set(key, { key, from, to, back });
    parts.push({ container, key });
  };
  for (const box of ups.slice(0, ups.indexOf(shared))) {
    push(box, { pin: net });
    from = { item: box, port: net };
  }
  for (const box of downs.slice(0, downs.indexOf(shared)).reverse()) {
    const container = items.get(box).parent;
    push(container, { item: box, port: net });
    from = { pin: net };
  }
  push(downs[0], leaves ? { pin: `own ${wire.to}` } : { item: wire.target, port: wire.to });
  return parts;
}

function boxed(item, inner) {
  const shift = (pins) => new Map([...pins].map(([pin, y]) => [pin.replace(/^own /, ""), y + BOX.head]));
  const backs = [...inner.pins.right.keys()].filter((pin) => pin.startsWith("back ")).length;
  const w = Math.max(inner.w, wide(titleOf(item), 13, true) + wide(subtitle(item), 11) + 60) + 2 * BOX.side;
  const ins = shift(inner.pins.left),
    outs = shift(inner.pins.right);
  return { w, h: BOX.head + inner.h + BOX.foot + backs * BOX.back, ins, outs, inner };
}

function place(inside, laid, id, x, y) {
  const found = laid.get(id);
  found.origin = [x, y];
  for (const item of inside.get(id)) {
    const at = found.at.get(item.id);
    [item.x, item.y] = [x + at.x, y + at.y];
    if (item.open) place(inside, laid, item.id, item.x + BOX.side, item.y + BOX.head);
  }
}

function joined(parts, laid, items) {
  const points = [];
  parts.forEach(({ container, key }) => {
    const found = laid.get(container);
    const [dx, dy] = found.origin;
    const moved = (list) => list.map(([x, y]) => [x + dx, y + dy]);
    if (found.paths.has(key)) points.push(...moved(found.paths.get(key)));
    else {
      const [out, into] = [moved(found.paths.get(`${key} out`)), moved(found.paths.get(`${key} in`))];
      const all = [...found.pins.right.keys()].filter((pin) => pin.startsWith("back "));
      const name = JSON.parse(key.slice(0, key.indexOf(">")));
      const low = dy + found.h + 10 + BOX.back * Math.max(0, all.indexOf(`back ${name.item}|${name.port}`));
      const [[x1], [x2]] = [out.at(-1), into[0]];
      points.push(
        ...out.slice(0, -1),
        [x1 - 3, out.at(-1)[1]],
        [x1 - 3, low],
        [x2 + 3, low],
        [x2 + 3, into[0][1]],
        ...into.slice(1),
      );
    }
  });
  return points;
}
