// What lights up: all that carries a dim, a role or a draw; the way of a gradient; what a search finds.

function lit(nodes, edges, kind) {
  const world = document.getElementById("world");
  unlit();
  if (!nodes.size && !edges.size) return;
  world.classList.add("dimmed");
  const seen = new Set([...nodes].map((id) => state.view.find(id) ?? id));
  for (const id of [...seen])
    for (let at = state.view.items.get(id)?.parent; at; at = state.view.items.get(at).parent) seen.add(at);
  for (const g of world.querySelectorAll("[data-id]")) if (seen.has(g.dataset.id)) g.classList.add("lit", kind);
  for (const path of world.querySelectorAll("[data-edges]")) {
    if (!JSON.parse(path.dataset.edges).some((id) => edges.has(id))) continue;
    path.classList.add("lit", kind);
    path.parentNode.append(path); // above those that it runs along with
  }
}

function unlit() {
  const world = document.getElementById("world");
  world?.classList.remove("dimmed");
  for (const one of world?.querySelectorAll(".lit") ?? []) one.classList.remove("lit", "near", "gradient", "found");
}

// What lights up until something else is asked for: the selection.
function rest() {
  if (state.held) return lit(...state.held);
  if (state.selected?.startsWith("lane ")) return carriesRole(state.selected.slice(5));
  if (state.selected) return near(state.selected);
  unlit();
}

function near(id) {
  const edges = new Set(),
    nodes = new Set([id]);
  const isIn = (at) => at !== ROOT && (at === id || isIn(state.view.items.get(at).parent));
  if (state.view.items.get(id)?.open) {
    for (const item of state.view.items.values()) if (isIn(item.id)) nodes.add(item.id);
    for (const wire of state.view.wires)
      if (nodes.has(wire.source) || nodes.has(wire.target)) for (const edge of wire.edges) edges.add(edge.id);
    return lit(nodes, edges, "near");
  }
  for (const wire of [...(state.view.from.get(id) ?? []), ...(state.view.into.get(id) ?? [])]) {
    for (const edge of wire.edges) edges.add(edge.id);
    nodes.add(wire.source).add(wire.target);
  }
  lit(nodes, edges, "near");
}

function carriesDim(name) {
  const has = (port) => port.dims?.some(([dim, value]) => dim === name || value === name);
  const nodes = new Set(state.view.shot.nodes.filter((node) => node.ports.some(has)).map((node) => node.id));
  const edges = state.view.shot.edges.filter((edge) => {
    const port = state.view.nodes.get(edge.source)?.ports.find((p) => p.side === "out" && p.name === edge.source_port);
    return port && has(port);
  });
  lit(nodes, new Set(edges.map((edge) => edge.id)), "near");
}

function carriesRole(name) {
  const nodes = new Set(state.view.shot.nodes.filter((node) => laneOfNode(currentTab(), node) === name).map((node) => node.id));
  const edges = state.view.shot.edges.filter((edge) => nodes.has(edge.source) && nodes.has(edge.target));
  lit(nodes, new Set(edges.map((edge) => edge.id)), "near");
}

// All nodes and edges that a walk over edges meets, forwards from a draw or backwards from a loss.
function walk(start, forwards, follows) {
  const nodes = new Set([start]),
    edges = new Set(),
    stack = [start];
  const [here, there] = forwards ? ["source", "target"] : ["target", "source"];
  const by = new Map();
  for (const edge of state.view.shot.edges) by.has(edge[here]) ? by.get(edge[here]).push(edge) : by.set(edge[here], [edge]);
  while (stack.length)
    for (const edge of by.get(stack.pop()) ?? []) {
      if (!follows(edge)) continue;
      edges.add(edge.id);
      if (!nodes.has(edge[there])) stack.push(edge[there]);
      nodes.add(edge[there]);
    }
  return [nodes, edges];
}

const carriesDraw = (id) => lit(...walk(id, true, () => true), "near");
const gradientOf = (id) => [...walk(id, false, (edge) => edge.gradient), "gradient"];

function hover(event) {
  const target = event.target.closest?.("[data-dim],[data-role],[data-id],[data-edges]");
  if (!target) return rest();
  const { dim, role, id, edges } = target.dataset;
  if (dim) return carriesDim(dim);
  if (role) return carriesRole(role);
  if (edges) return lit(new Set([target.dataset.source, target.dataset.target]), new Set(JSON.parse(edges)), "near");
  const kind = state.view.items.get(id)?.node?.kind;
  if (state.view.items.get(id)?.open) return rest();
  if (kind === "draw") return carriesDraw(id);
  if (kind === "loss") return lit(...gradientOf(id));
  return near(id);
}

function search(text) {
  const wanted = text.trim().toLowerCase();
  const found = document.getElementById("found");
  state.held = null;
  if (!wanted) {
    found.textContent = "";
    return rest();
  }
  const holds = (node) =>
    [node.title, node.note, node.lane, node.doc, node.formula, ...node.ports.map((p) => `${p.name} ${p.space} ${p.quantity}`)]
      .join(" ")
      .toLowerCase()
      .includes(wanted);
  const hits = state.view.shot.nodes.filter(holds);
  found.textContent = hits.length === 1 ? "1 found" : `${hits.length} found`;
  state.held = [new Set(hits.map((node) => node.id)), new Set(), "found"];
  rest();
  if (!hits.length) document.getElementById("world").classList.add("dimmed");
  return hits;
}
