// The drawing as a file: SVG with its own colours, PNG by way of a canvas, PDF by the browser's print.

function standalone() {
  const { w, h } = state.scene;
  const [width, height] = [Math.ceil(w + LANE + 60), Math.ceil(h + 90)];
  const made = svg("svg", {
    xmlns: SVG,
    width,
    height,
    viewBox: `${-LANE - 20} -60 ${width} ${height}`,
    "data-theme": document.documentElement.dataset.theme,
    class: "alone",
  });
  const style = svg("style", {}, document.querySelector("style").textContent);
  const world = document.getElementById("world").cloneNode(true);
  world.removeAttribute("transform");
  for (const name of world.querySelectorAll(".lane-name"))
    name.setAttribute("transform", `translate(${-LANE + 14} ${name.getAttribute("transform").split(" ")[1]}`);
  for (const one of world.querySelectorAll(".fold, .under")) one.remove();
  const title = words(
    -LANE,
    -34,
    `${[currentTab().program || program.program, currentTab().title, everyWords(currentTab())].filter(Boolean).join(" · ")}`,
    "title",
  );
  made.append(style, svg("rect", { class: "paper", x: -LANE - 20, y: -60, width, height }), title, world);
  return made;
}

const fileName = (ending) => `${program.program || "graph"}_${currentTab().id}`.replace(/[^\w.-]+/g, "_") + ending;

function save(url, name) {
  const link = html("a", { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
}

function exportSvg() {
  const text = new XMLSerializer().serializeToString(standalone());
  const url = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
  save(url, fileName(".svg"));
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

async function exportPng() {
  const drawn = standalone();
  const scale = Math.min(2, 12000 / Math.max(drawn.width.baseVal.value, drawn.height.baseVal.value));
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(new XMLSerializer().serializeToString(drawn))}`;
  await image.decode();
  const canvas = html("canvas", {
    width: Math.ceil(drawn.getAttribute("width") * scale),
    height: Math.ceil(drawn.getAttribute("height") * scale),
  });
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  save(canvas.toDataURL("image/png"), fileName(".png"));
}

// On paper: all of the drawing, in light colours.
function printEvents() {
  const canvas = document.getElementById("canvas");
  let before = null;
  addEventListener("beforeprint", () => {
    const { w, h } = state.scene;
    before = document.documentElement.dataset.theme;
    setTheme("light");
    document.getElementById("world").removeAttribute("transform");
    canvas.setAttribute("viewBox", `${-LANE - 10} -20 ${w + LANE + 40} ${h + 40}`);
  });
  addEventListener("afterprint", () => {
    canvas.removeAttribute("viewBox");
    if (before) setTheme(before);
    look();
  });
}

// With `#still` behind its address the page is nothing but its drawings, one below the other, each at full size:
// what a browser without a window takes a picture of. `#still=ID` is one graph.
function showStill(id) {
  const parts = ["stage-graph", "part"];
  const main = program.graphs.filter((tab) => !parts.includes(tab.kind));
  const pictures = html("main", { id: "pictures" });
  const legend = new Map();
  document.documentElement.dataset.still = "yes";
  for (const tab of id ? program.graphs.filter((one) => one.id === id) : main.length ? main : program.graphs) {
    openTab(program.graphs.indexOf(tab));
    const drawn = standalone();
    drawn.querySelector("style").remove();
    pictures.append(drawn);
    for (const entry of document.querySelectorAll("#legend .entry")) legend.set(entry.textContent, entry);
  }
  document.getElementById("legend").replaceChildren(...legend.values());
  stage.after(pictures);
}
