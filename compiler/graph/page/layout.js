// Where everything stands: columns from left to right, a band for each lane, wires in the gaps between columns.
//
// A box (an open loop, a fused group) is laid out first and then stands in its container like any card. Wires run
// only through gaps and through slots of their own in the columns that they pass, so that they never cross a card.

const COLUMN = { gap: 16, slot: 18, track: 9, run: 14, pin: 16 };
const BAND = { pad: 14, between: 10 };

// container: { items: [{ id, lane, w, h, ins: Map(port, y), outs: Map(port, y), last }],
//              wires: Map(key, { key, from: { item, port } | { pin }, to: the same, back }) }
// result:    { w, h, at: Map(id, { x, y }), paths: Map(key, points), pins: { left, right: Map(pin, y) },
//              bands: [{ lane, y, h, used }] }
function layered(container, lanes, isTop) {
  const cells = new Map();
  for (const item of container.items) cells.set(item.id, { ...item, order: cells.size });
  const nets = netsOf(container, cells);
  const columns = columnsOf(cells, nets);
  slots(cells, nets, columns);
  const grid = gridOf(cells, columns, lanes);
  order(grid, nets, cells);
  const bands = settle(grid, nets, cells, lanes, isTop);
  return routed(cells, nets, grid, bands);
}

// A net is all wires that leave one port: one trunk, with a branch to each target.
function netsOf(container, cells) {
  const nets = new Map();
  const pin = (side, name) => {
    const id = `${side} ${name}`;
    if (!cells.has(id)) {
      const port = new Map([["", COLUMN.pin / 2]]);
      cells.set(id, { id, pin: side, lane: null, w: 0, h: COLUMN.pin, ins: port, outs: port, order: cells.size });
    }
    return { item: id, port: "" };
  };
  const add = (key, from, to) => {
    const name = `${from.item}|${from.port}`;
    if (!nets.has(name)) nets.set(name, { name, from, ends: [], slots: new Map() });
    const net = nets.get(name);
    net.ends.push({ key, ...to });
  };
  const ahead = new Map(container.items.map((item) => [item.id, []]));
  for (const wire of container.wires.values()) {
    const turned = wire.back || (wire.from.item && wire.to.item && reaches(ahead, wire.to.item, wire.from.item));
    if (!turned && wire.from.item && wire.to.item) ahead.get(wire.from.item).push(wire.to.item);
    const from = wire.from.item ? wire.from : pin("left", wire.from.pin);
    const to = wire.to.item ? wire.to : pin("right", wire.to.pin);
    if (turned) {
      add(`${wire.key} out`, from, pin("right", `back ${wire.from.item}|${wire.from.port}`));
      add(`${wire.key} in`, pin("left", `back ${wire.from.item}|${wire.from.port}`), to);
    } else add(wire.key, from, to);
  }
  for (const net of nets.values()) {
    const near = [net.from.item, ...net.ends.map((end) => end.item)].map((id) => cells.get(id));
    for (const cell of near) if (cell.pin) cell.lane ??= near.find((other) => other.lane !== null)?.lane ?? null;
  }
  for (const cell of cells.values()) cell.lane ??= container.items[0]?.lane ?? "";
  return [...nets.values()];
}

function reaches(ahead, from, to) {
  const seen = new Set([from]);
  const stack = [from];
  while (stack.length) {
    const id = stack.pop();
    if (id === to) return true;
    for (const next of ahead.get(id)) {
      if (seen.has(next)) continue;
      seen.add(next);
      stack.push(next);
    }
  }
  return false;
}

// Longest path from the left; what only feeds others then moves to the right, next to what it feeds.
function columnsOf(cells, nets) {
  const before = new Map([...cells.keys()].map((id) => [id, new Set()]));
  const after = new Map([...cells.keys()].map((id) => [id, new Set()]));
  for (const net of nets)
    for (const end of net.ends) {
      before.get(end.item).add(net.from.item);
      after.get(net.from.item).add(end.item);
    }
  const sorted = topological(cells, before, after);
  const column = new Map();
  const hasPins = [...cells.values()].some((cell) => cell.pin === "left");
  for (const id of sorted) {
    const found = Math.max(hasPins && cells.get(id).pin !== "left" ? 1 : 0, ...[...before.get(id)].map((p) => column.get(p) + 1));
    column.set(id, found);
  }
  const last = Math.max(0, ...[...cells.values()].filter((c) => c.pin !== "right").map((c) => column.get(c.id)));
  for (const cell of cells.values()) {
    if (cell.pin === "right") column.set(cell.id, last + 1);
    if (cell.last && after.get(cell.id).size === 0) column.set(cell.id, last);
  }
  for (const id of [...sorted].reverse()) {
    const [ins, outs] = [before.get(id), after.get(id)];
    if (cells.get(id).pin || outs.size === 0 || ins.size > 1) continue;
    column.set(id, Math.max(column.get(id), Math.min(...[...outs].map((o) => column.get(o))) - 1));
  }
  return column;
}

function topological(cells, before, after) {
  const waiting = new Map([...before].map(([id, from]) => [id, from.size]));
  const free = [...cells.keys()].filter((id) => waiting.get(id) === 0);
  const sorted = [];
  while (free.length) {
    const id = free.shift();
    sorted.push(id);
    for (const next of after.get(id)) {
      waiting.set(next, waiting.get(next) - 1);
      if (waiting.get(next) === 0) free.push(next);
    }
  }
  return sorted;
}

function slots(cells, nets, columns) {
  for (const net of nets) {
    const from = columns.get(net.from.item);
    const last = Math.max(...net.ends.map((end) => columns.get(end.item)));
    for (let c = from + 1; c < last; c++) {
      const id = `${net.name}@${c}`;
      const port = new Map([["", COLUMN.slot / 2]]);
      const lane = cells.get(net.from.item).lane;
      cells.set(id, { id, slot: true, lane, w: 0, h: COLUMN.slot, ins: port, outs: port, order: cells.get(net.from.item).order });
      columns.set(id, c);
      net.slots.set(c, id);
    }
  }
}

function gridOf(cells, columns, lanes) {
  const count = 1 + Math.max(0, ...columns.values());
  const grid = Array.from({ length: count }, () => lanes.map(() => []));
  for (const cell of cells.values()) {
    cell.column = columns.get(cell.id);
    grid[cell.column][Math.max(0, lanes.indexOf(cell.lane))].push(cell);
  }
  for (const column of grid) for (const lane of column) lane.sort((a, b) => a.order - b.order);
  return grid;
}

// Cells below each other from a height on; gives the height below them.
function stackUp(cells, from) {
  let y = from;
  for (const cell of cells) {
    cell.y = y;
    y += cell.h + COLUMN.gap;
  }
  return y;
}

// The hops of all nets: pairs of neighbouring columns that a wire connects.
function hops(nets, cells) {
  const found = [];
  for (const net of nets) {
    const stations = [[cells.get(net.from.item), net.from.port], ...[...net.slots.values()].map((id) => [cells.get(id), ""])];
    for (let k = 1; k < stations.length; k++) found.push([stations[k - 1], stations[k]]);
    for (const end of net.ends) {
      const cell = cells.get(end.item);
      found.push([stations[cell.column - stations[0][0].column - 1] ?? stations.at(-1), [cell, end.port]]);
    }
  }
  return found.map(([[a, out], [b, into]]) => ({
    a,
    b,
    out: a.outs.get(out) ?? a.h / 2,
    into: b.ins.get(into) ?? b.h / 2,
    weight: a.slot && b.slot ? 8 : a.slot || b.slot ? 3 : 1 + (a.pin || b.pin ? 1 : 0),
  }));
}

function order(grid, nets, cells) {
  const all = hops(nets, cells);
  const [left, right] = [sideOf(all, "b"), sideOf(all, "a")];
  const wished = (cell, isForward) => {
    const near = (isForward ? left : right).get(cell) ?? [];
    const heights = near.map((h) => (isForward ? h.a.y + h.out - h.into : h.b.y + h.into - h.out));
    return near.length ? heights.reduce((sum, y) => sum + y, 0) / near.length : cell.y;
  };
  for (const column of grid) stackUp(column.flat(), 0);
  let best = Infinity;
  let kept = null;
  for (let sweep = 0; sweep < 12; sweep++) {
    const forward = sweep % 2 === 0;
    for (const column of forward ? grid : [...grid].reverse()) {
      for (const lane of column) {
        const wish = new Map(lane.map((cell) => [cell, wished(cell, forward)]));
        lane.sort((p, q) => wish.get(p) - wish.get(q) || p.order - q.order);
      }
      stackUp(column.flat(), 0);
    }
    const found = crossings(all);
    if (found < best) {
      best = found;
      kept = grid.map((column) => column.map((lane) => [...lane]));
    }
  }
  if (kept) kept.forEach((column, c) => column.forEach((lane, l) => (grid[c][l] = lane)));
}

function sideOf(all, end) {
  const found = new Map();
  for (const hop of all) found.has(hop[end]) ? found.get(hop[end]).push(hop) : found.set(hop[end], [hop]);
  return found;
}

function crossings(all) {
  const gaps = new Map();
  for (const hop of all) {
    const pair = [hop.a.y + hop.out, hop.b.y + hop.into];
    gaps.has(hop.a.column) ? gaps.get(hop.a.column).push(pair) : gaps.set(hop.a.column, [pair]);
  }
  let count = 0;
  for (const pairs of gaps.values()) {
    if (pairs.length > 400) continue; // counting would take longer than it helps
    for (let i = 0; i < pairs.length; i++)
      for (let j = 0; j < i; j++) if ((pairs[i][0] - pairs[j][0]) * (pairs[i][1] - pairs[j][1]) < 0) count++;
  }
  return count;
}

// Heights of the bands, then every cell as near to what it is wired to as its neighbours in the column let it.
function settle(grid, nets, cells, lanes, isTop) {
  const pad = isTop ? BAND.pad : 0;
  const bands = [];
  let y = 0;
  lanes.forEach((lane, l) => {
    const h = Math.max(0, ...grid.map((column) => stackUp(column[l], 0) - COLUMN.gap));
    const used = grid.some((column) => column[l].length);
    bands.push({ lane, y: y + pad, h, used });
    if (used) y += h + 2 * pad + (isTop ? BAND.between : COLUMN.gap);
  });
  for (const column of grid) column.forEach((lane, l) => stackUp(lane, bands[l].y));
  const all = hops(nets, cells);
  const [left, right] = [sideOf(all, "b"), sideOf(all, "a")];
  for (let sweep = 0; sweep < 14; sweep++) {
    const forward = sweep % 2 === 0;
    const both = sweep > 9;
    for (const column of forward ? grid : [...grid].reverse())
      column.forEach((lane, l) => pack(lane, bands[l], both || forward ? left : null, both || !forward ? right : null));
  }
  for (let sweep = 0; sweep < 4; sweep++)
    for (const column of sweep % 2 ? [...grid].reverse() : grid)
      column.forEach((lane, l) => straighten(lane, bands[l], sweep % 2 ? right : left, sweep % 2 === 1));
  return bands;
}

// Small steps in a wire go away where the column has room.
function straighten(lane, band, side, isAhead) {
  const room = (a, b) => (a.slot && b.slot ? 2 : COLUMN.gap - 6);
  lane.forEach((cell, k) => {
    const [above, below] = [lane[k - 1], lane[k + 1]];
    const low = above ? above.y + above.h + room(cell, above) : band.y;
    const high = (below ? below.y - room(cell, below) : band.y + band.h) - cell.h;
    const far = (y) => Math.abs(y - cell.y);
    const wishes = (side.get(cell) ?? [])
      .map((h) => (isAhead ? h.b.y + h.into - h.out : h.a.y + h.out - h.into))
      .filter((y) => y >= low && y <= high && far(y) < (cell.slot ? 60 : 24));
    if (wishes.length) cell.y = wishes.reduce((best, y) => (far(y) < far(best) ? y : best));
  });
}

// Least squares in a fixed order: cells that would overlap move together (pool adjacent violators).
function pack(lane, band, left, right) {
  const blocks = [];
  for (const cell of lane) {
    let block = { cells: [cell], h: cell.h, ...pull(cell, left, right) };
    while (blocks.length && overlap(blocks.at(-1), block)) block = joinedBlocks(blocks.pop(), block);
    blocks.push(block);
  }
  let floor = band.y;
  for (const block of blocks) {
    block.y = Math.max(floor, block.sum / block.weight);
    floor = block.y + block.h + COLUMN.gap;
  }
  let ceiling = band.y + band.h;
  for (const block of blocks.reverse()) {
    block.y = Math.max(band.y, Math.min(block.y, ceiling - block.h));
    ceiling = block.y - COLUMN.gap;
    stackUp(block.cells, block.y);
  }
}

// Where the wires of a cell want it, as a weighted sum; where none has a say, it stays.
function pull(cell, left, right) {
  const wishes = [
    ...(left?.get(cell) ?? []).map((h) => [h.weight, h.a.y + h.out - h.into]),
    ...(right?.get(cell) ?? []).map((h) => [h.weight, h.b.y + h.into - h.out]),
  ];
  if (!wishes.length) wishes.push([0.2, cell.y]);
  return {
    sum: wishes.reduce((sum, [weight, y]) => sum + weight * y, 0),
    weight: wishes.reduce((sum, [weight]) => sum + weight, 0),
  };
}

const overlap = (above, below) => above.sum / above.weight + above.h + COLUMN.gap > below.sum / below.weight;

function joinedBlocks(above, below) {
  const shift = above.h + COLUMN.gap;
  return {
    cells: [...above.cells, ...below.cells],
    h: shift + below.h,
    sum: above.sum + below.sum - shift * below.weight,
    weight: above.weight + below.weight,
  };
}

function routed(cells, nets, grid, bands) {
  const widths = grid.map((column) => Math.max(0, ...column.flat().map((cell) => cell.w)));
  const gaps = grid.map(() => []);
  const yOut = (id, port) => cells.get(id).y + (cells.get(id).outs.get(port) ?? cells.get(id).h / 2);
  const yIn = (id, port) => cells.get(id).y + (cells.get(id).ins.get(port) ?? cells.get(id).h / 2);
  for (const net of nets) {
    const first = cells.get(net.from.item).column;
    net.crossed = [];
    net.ys = [yOut(net.from.item, net.from.port), ...[...net.slots.values()].map((id) => yOut(id, ""))];
    net.ys.forEach((y, k) => {
      const targets = net.ends
        .filter((end) => cells.get(end.item).column === first + k + 1)
        .map((end) => yIn(end.item, end.port));
      if (k + 1 < net.ys.length) targets.push(net.ys[k + 1]);
      const [low, high] = [Math.min(y, ...targets), Math.max(y, ...targets)];
      const down = targets.reduce((sum, t) => sum + t - y, 0) >= 0;
      net.crossed.push({ net, low, high, y, down, straight: high - low < 0.5, track: 0 });
      gaps[first + k].push(net.crossed[k]);
    });
  }
  const xs = [];
  const lefts = [0];
  grid.forEach((column, c) => {
    const tracks = assign(gaps[c]);
    const start = lefts[c] + widths[c] + COLUMN.run;
    xs.push(start);
    const isPin = column.flat().every((cell) => cell.w === 0);
    lefts.push(start + tracks * COLUMN.track + (isPin && !tracks ? COLUMN.run : COLUMN.run + 8));
  });
  const right = lefts[grid.length - 1] + widths[grid.length - 1];
  const at = new Map();
  for (const cell of cells.values()) at.set(cell.id, { x: cell.pin === "right" ? right : lefts[cell.column], y: cell.y });
  const paths = new Map();
  for (const net of nets) {
    const from = cells.get(net.from.item);
    const trunk = [[at.get(from.id).x + from.w, net.ys[0]]];
    const branches = new Map(net.ends.map((end) => [cells.get(end.item).column, []]));
    net.ys.forEach((y, k) => {
      const c = from.column + k;
      const x = xs[c] + net.crossed[k].track * COLUMN.track;
      for (const end of net.ends.filter((e) => cells.get(e.item).column === c + 1)) {
        const to = yIn(end.item, end.port);
        branches.get(c + 1).push([...trunk, [x, y], [x, to], [at.get(end.item).x, to]]);
        paths.set(end.key, branches.get(c + 1).at(-1));
      }
      if (k + 1 < net.ys.length) trunk.push([x, y], [x, net.ys[k + 1]]);
    });
  }
  const bottom = Math.max(0, ...bands.filter((b) => b.used).map((b) => b.y + b.h));
  const pins = { left: new Map(), right: new Map() };
  for (const cell of cells.values())
    if (cell.pin) pins[cell.pin].set(cell.id.slice(cell.pin.length + 1), cell.y + COLUMN.pin / 2);
  return { w: right, h: bottom, at, paths, pins, bands };
}

// Tracks for the upright parts in one gap: those that go down from below to above, those that go up the other way
// round, so that wires side by side do not cross.
function assign(gap) {
  const upright = gap.filter((g) => !g.straight);
  upright.sort((a, b) => (a.down !== b.down ? (a.down ? -1 : 1) : a.down ? b.y - a.y : a.y - b.y));
  const tracks = [];
  for (const g of upright) {
    let t = tracks.findIndex((spans) => spans.every(([low, high]) => g.high + 6 < low || g.low - 6 > high));
    if (t < 0) t = tracks.push([]) - 1;
    tracks[t].push([g.low, g.high]);
    g.track = t;
  }
  return tracks.length;
}
