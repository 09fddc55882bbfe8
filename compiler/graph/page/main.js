// What is chosen, and drawing it anew when that changes.

const state = {
  tab: 0,
  pass: 0,
  folded: new Set(),
  types: false,
  calls: false,
  selected: null,
  held: null,
  changed: new Set(),
  view: null,
  scene: null,
  dragged: false,
};
const currentTab = () => program.graphs[state.tab];
const kept = new Map();

function redraw() {
  const tab = currentTab();
  state.changed = changedBy(tab, state.pass);
  state.view = visible(tab, state.pass, state.folded);
  const began = performance.now();
  state.scene = arrange(state.view, lanesOf(tab, state.view.shot), cardSize);
  performance.measure("layout", { start: began });
  document.getElementById("canvas").replaceChildren(drawScene(state.scene));
  showSlider();
  showLegend();
  showList();
  if (camera.fitted) fit();
  else look();
  rest();
}

function openTab(k) {
  if (k < 0 || k >= program.graphs.length) return;
  state.tab = k;
  state.pass = passAtFirst(currentTab());
  if (!kept.has(k)) kept.set(k, foldedAtFirst(currentTab(), state.pass));
  state.folded = kept.get(k);
  state.selected = state.held = null;
  showDetails(null);
  showHead();
  showTabs();
  redraw();
  fit();
}

// The snapshot after the pass that the page was asked for; passes that changed nothing stand with the one that did next.
function passAtFirst(tab) {
  const wanted = document.documentElement.dataset.pass;
  if (!wanted) return 0;
  const k = tab.snapshots.findIndex((shot) => shot.pass === wanted || shot.passes.includes(wanted));
  return k >= 0 && tab.snapshots[k].pass !== wanted ? Math.max(0, k - 1) : k >= 0 ? k : tab.snapshots.length - 1;
}

function setPass(k) {
  if (k < 0 || k >= currentTab().snapshots.length) return;
  state.pass = k;
  redraw();
  if (state.selected) showDetails(state.selected);
}

function select(id) {
  state.selected = id;
  state.held = null;
  for (const one of document.querySelectorAll(".selected")) one.classList.remove("selected");
  if (id) document.querySelector(`[data-id="${CSS.escape(id)}"]`)?.classList.add("selected");
  showDetails(id);
  keepInSight(id);
  rest();
  tellEditor(id);
}

function toggleFold(id) {
  const item = state.view.items.get(id);
  const before = item && !camera.fitted && [item.x, item.y];
  state.folded.has(id) ? state.folded.delete(id) : state.folded.add(id);
  redraw();
  const now = state.view.items.get(id);
  if (before && now) pan((before[0] - now.x) * camera.scale, (before[1] - now.y) * camera.scale);
}

function foldAll(shut) {
  state.folded.clear();
  const all = [...visible(currentTab(), state.pass, state.folded).items.values()];
  if (shut) for (const item of all) if (item.open) state.folded.add(item.id);
  redraw();
  fit();
}

function toggle(name) {
  state[name] = !state[name];
  document.getElementById(name).setAttribute("aria-pressed", state[name]);
  redraw();
}

function toggleList() {
  document.getElementById("list").classList.toggle("shown");
}

function traceGradient() {
  const losses = state.selected
    ? [state.selected]
    : state.view.shot.nodes.filter((node) => node.kind === "loss").map((node) => node.id);
  const nodes = new Set(),
    edges = new Set();
  for (const id of losses) {
    const [n, e] = gradientOf(id);
    n.forEach((one) => nodes.add(one));
    e.forEach((one) => edges.add(one));
  }
  state.held = [nodes, edges, "gradient"];
  rest();
}

// `graph/node`: opens the tab and shows the node.
function goTo(path) {
  const k = program.graphs.findIndex((tab) => path.startsWith(`${tab.id}/`));
  if (k < 0) return;
  if (k !== state.tab) openTab(k);
  const id = state.view.find(path.slice(program.graphs[k].id.length + 1));
  if (!id) return;
  select(id);
  bringIntoView(id);
}

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
}

// An editor that shows this page: its cursor lights up what a line became, and a click here moves the cursor there.
const editor = typeof acquireVsCodeApi === "function" ? acquireVsCodeApi() : null;

function openInEditor(file, line) {
  editor?.postMessage({ file, line });
}

function tellEditor(id) {
  const place = state.view?.items.get(id)?.node?.trace.at(-1);
  if (place) openInEditor(place.file, place.line);
}

function followCursor({ file, line }) {
  const at = (node) =>
    node.trace.some(
      (place) =>
        (file === place.file || file.endsWith(`/${place.file}`)) && place.line <= line && line <= (place.end ?? place.line),
    );
  const hits = state.view.shot.nodes.filter(at);
  const ids = hits.map((node) => node.id);
  state.held = ids.length ? [new Set(ids), new Set(), "found"] : null;
  show(ids);
  rest();
}

function start() {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const inEditor = document.body.className.match(/vscode-(dark|light)/);
  setTheme(inEditor ? inEditor[1] : dark.matches ? "dark" : "light");
  dark.addEventListener("change", () => setTheme(dark.matches ? "dark" : "light"));
  showHead();
  showMessages();
  showRun();
  controlEvents();
  keyEvents();
  cameraEvents();
  printEvents();
  stage.addEventListener("mouseover", hover);
  stage.addEventListener("mouseleave", rest);
  for (const id of ["about", "details"]) {
    document.getElementById(id).addEventListener("mouseover", hover);
    document.getElementById(id).addEventListener("mouseleave", rest);
  }
  stage.addEventListener("click", (event) => {
    if (state.dragged) return;
    const shut = event.target.closest("[data-fold]");
    if (shut) return toggleFold(shut.dataset.fold);
    const card = event.target.closest("[data-id], .lane-name");
    if (card?.dataset.role) select(`lane ${card.dataset.role}`);
    else select(card?.dataset.id ?? null);
  });
  stage.addEventListener("dblclick", (event) => {
    const id = event.target.closest("[data-id]")?.dataset.id;
    const item = id && state.view.items.get(id);
    if (item && (item.open || item.holds)) toggleFold(id);
    if (item?.node?.kind === "program") openTab(program.graphs.findIndex((tab) => tab.program === item.node.title));
  });
  addEventListener("message", (event) => event.data?.line && followCursor(event.data));
  if (program.graphs.length) {
    const first = program.graphs.findIndex((tab) => program.diagnostics.some((one) => one.node?.startsWith(`${tab.id}/`)));
    openTab(Math.max(0, first));
  }
  const still = /^#still(?:=(.*))?$/.exec(location.hash);
  if (still) showStill(still[1] && decodeURIComponent(still[1]));
  document.documentElement.dataset.size = `${document.body.scrollWidth} ${document.body.scrollHeight}`;
  document.documentElement.dataset.ready = "yes";
}

start();
