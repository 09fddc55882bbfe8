// What the page holds, and what of it is to be seen: open and folded boxes, lanes, and the wires between them.

const program = JSON.parse(document.getElementById("graph").textContent);
const ROOT = "";

// A tab at one pass. `folded` holds ids of loops, calls, groups ("group ID") and lanes ("lane NAME") that are shut.
function visible(tab, pass, folded) {
  const shot = tab.snapshots[pass];
  const nodes = new Map(shot.nodes.map((node) => [node.id, node]));
  const groupOf = groupsOf(shot, nodes);
  const parentOf = new Map(shot.nodes.map((node) => [node.id, groupOf.get(node.id) ?? node.parent ?? ROOT]));
  for (const [member, group] of groupOf) parentOf.set(group, nodes.get(member).parent ?? ROOT);
  const calls = state.calls ? callsOf(shot, nodes, parentOf) : new Map();
  const laneOf = (id) => {
    const node = nodes.get(id);
    if (node) return laneOfNode(tab, node);
    const members = shot.nodes.filter((n) => parentOf.get(n.id) === id);
    const ends = members.filter((n) => n.kind === "loss" || n.kind === "result");
    const lanes = (ends.length ? ends : members).map((n) => laneOfNode(tab, n));
    return common(lanes.some((lane) => lane !== "data") ? lanes.filter((lane) => lane !== "data") : lanes);
  };
  const shown = new Map();
  const find = (id) => {
    if (shown.has(id)) return shown.get(id);
    const parent = parentOf.get(id);
    let found = id;
    if (parent === ROOT) found = folded.has(`lane ${laneOf(id)}`) ? `lane ${laneOf(id)}` : id;
    else {
      const above = find(parent);
      found = above !== parent || folded.has(parent) ? above : id;
    }
    shown.set(id, found);
    return found;
  };
  const items = new Map();
  const put = (id) => {
    if (items.has(id)) return;
    const parent = parentOf.get(id) ?? ROOT;
    items.set(id, {
      id,
      node: nodes.get(id) ?? null,
      lane: id.startsWith("lane ") ? id.slice(5) : laneOf(id),
      parent,
      open: false,
      holds: 0,
      children: [],
      ins: new Map(),
      outs: new Map(),
      group: null,
      call: null,
    });
  };
  for (const id of [...parentOf.keys()]) put(find(id));
  for (const [id, place] of calls) if (items.has(id)) items.get(id).call = place;
  for (const group of shot.groups) if (items.has(`group ${group.id}`)) items.get(`group ${group.id}`).group = group;
  for (const id of parentOf.keys()) {
    const item = items.get(find(id));
    if (find(id) !== id) item.holds += nodes.has(id) ? 1 : 0;
    else if (parentOf.get(id) !== ROOT) {
      items.get(parentOf.get(id)).open = true;
      items.get(parentOf.get(id)).children.push(id);
    }
  }
  for (const item of items.values())
    if (item.node && !item.open)
      for (const port of item.node.ports) item[port.side === "in" ? "ins" : "outs"].set(port.name, port);
  const wires = wiresOf(shot, nodes, items, find);
  return { shot, nodes, items, find, wires, from: by(wires, "source"), into: by(wires, "target") };
}

function by(wires, end) {
  const found = new Map();
  for (const wire of wires) found.has(wire[end]) ? found.get(wire[end]).push(wire) : found.set(wire[end], [wire]);
  return found;
}

// A loss stands with the role that it trains.
function laneOfNode(tab, node) {
  const loss = node.kind === "loss" || tab.losses.some((one) => one.node === node.id);
  return (loss && tab.trains[0]) || node.lane || "data";
}

function groupsOf(shot, nodes) {
  const found = new Map();
  for (const group of shot.groups) {
    const members = group.nodes.filter((id) => nodes.has(id) && !found.has(id));
    const parents = new Set(members.map((id) => nodes.get(id).parent ?? ROOT));
    if (parents.size === 1) for (const id of members) found.set(id, `group ${group.id}`);
  }
  return found;
}

// Boxes of calls: cards of one container that come from one call of a graph stand in a box with what was called.
function callsOf(shot, nodes, parentOf) {
  const called = new Map();
  for (const [id, parent] of parentOf) {
    const depth = nodes.has(parent) ? nodes.get(parent).trace.length - 1 : 0;
    const members = nodes.has(id) ? [nodes.get(id)] : shot.nodes.filter((node) => parentOf.get(node.id) === id);
    const names = new Set(
      members.map((node) => (node.trace.length - 1 > depth ? JSON.stringify(node.trace.slice(0, depth + 1)) : "")),
    );
    const [name] = names;
    if (names.size !== 1 || name === "" || ["data", "text"].includes(members[0].kind) || (parent !== ROOT && !nodes.has(parent)))
      continue;
    const key = `call ${parent} ${name}`;
    if (!called.has(key)) called.set(key, { place: JSON.parse(name).at(-1), members: [], parent });
    called.get(key).members.push(id);
  }
  const boxes = new Map();
  for (const [key, { place, members, parent }] of called) {
    if (members.length < 3) continue;
    boxes.set(key, place);
    parentOf.set(key, parent);
    for (const id of members) parentOf.set(id, key);
  }
  return boxes;
}

function common(names) {
  const counts = new Map();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? "data";
}

// Edges between what is shown; edges that fall together are one wire.
function wiresOf(shot, nodes, items, find) {
  const wires = new Map();
  for (const edge of shot.edges) {
    const [source, target] = [find(edge.source), find(edge.target)];
    if (source === undefined || target === undefined) continue;
    const inside = source === target && !edge.back;
    if (inside || (source === target && source !== edge.source)) continue;
    const from = portOf(items.get(source), "outs", edge.source, edge.source_port, nodes);
    const to = portOf(items.get(target), "ins", edge.target, edge.target_port, nodes, `${edge.source}.${edge.source_port}`);
    const key = `${source}|${from}>${target}|${to}${edge.back ? " back" : ""}`;
    if (!wires.has(key)) wires.set(key, { key, source, target, from, to, edges: [], back: edge.back });
    wires.get(key).edges.push(edge);
  }
  return [...wires.values()];
}

// A folded box has a port for each value that goes in or out; a folded lane has one for all.
function portOf(item, side, id, name, nodes, from) {
  if (item.id === id && (item.open || item[side].has(name))) return name;
  if (item.id === id) {
    item[side].set(name, { name, side: side === "ins" ? "in" : "out" });
    return name;
  }
  const isLane = item.id.startsWith("lane ");
  const key = isLane ? "" : (from ?? `${id}.${name}`);
  if (isLane && !item[side].has(key)) item[side].set(key, { name: "", side: side === "ins" ? "in" : "out" });
  const port = nodes.get(id)?.ports.find((p) => p.name === name && (p.side === "in") === (side === "ins"));
  if (!item[side].has(key)) item[side].set(key, { ...(port ?? { name }), side: side === "ins" ? "in" : "out" });
  return key;
}

// What is shut at first: nothing if all can be seen at once, else the largest boxes, then whole lanes.
function foldedAtFirst(tab, pass) {
  const shot = tab.snapshots[pass];
  const folded = new Set();
  const limit = 90;
  if (shot.nodes.length <= limit) return folded;
  for (const node of shot.nodes) if (node.parent) folded.add(node.parent);
  for (const group of shot.groups) folded.add(`group ${group.id}`);
  if (visible(tab, pass, folded).items.size > 2 * limit)
    for (const node of shot.nodes) folded.add(`lane ${laneOfNode(tab, node)}`);
  return folded;
}

// The roles of the program that the tab is of; several programs of a file may each have a `student`.
const rolesHere = () =>
  program.roles.filter((role) => !role.program || !currentTab().program || role.program === currentTab().program);

function lanesOf(tab, shot) {
  const used = new Set(shot.nodes.map((node) => laneOfNode(tab, node)));
  const named = ["data", ...rolesHere().map((role) => role.name)];
  return [...named.filter((lane) => used.has(lane)), ...[...used].filter((lane) => !named.includes(lane))];
}

// Ids of nodes that are new or other than at the pass before.
function changedBy(tab, pass) {
  if (pass === 0) return new Set();
  const sign = (n) => JSON.stringify([n.kind, n.title, n.note, n.parent, n.ports, n.tape, n.shared, n.hoisted]);
  const before = new Map(tab.snapshots[pass - 1].nodes.map((n) => [n.id, sign(n)]));
  return new Set(tab.snapshots[pass].nodes.filter((n) => before.get(n.id) !== sign(n)).map((n) => n.id));
}
