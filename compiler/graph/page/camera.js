// Pan, zoom and fit. The names of the lanes stay at the left edge.

const camera = { x: 0, y: 0, scale: 1, fitted: true };
const stage = document.getElementById("stage");

function look() {
  const world = document.getElementById("world");
  if (!world) return;
  world.setAttribute("transform", `translate(${camera.x} ${camera.y}) scale(${camera.scale})`);
  const left = Math.max(-LANE + 14, (14 - camera.x) / camera.scale);
  for (const name of world.querySelectorAll(".lane-name")) {
    const y = name.getAttribute("transform").split(" ")[1];
    name.setAttribute("transform", `translate(${left} ${y}`);
    name.classList.toggle("floating", left > -LANE + 14.5);
  }
}

function zoom(factor, cx = stage.clientWidth / 2, cy = stage.clientHeight / 2) {
  const scale = Math.min(3, Math.max(0.05, camera.scale * factor));
  camera.x = cx - ((cx - camera.x) * scale) / camera.scale;
  camera.y = cy - ((cy - camera.y) * scale) / camera.scale;
  camera.scale = scale;
  camera.fitted = false;
  look();
}

function pan(dx, dy) {
  camera.x += dx;
  camera.y += dy;
  camera.fitted = false;
  look();
}

// All of the drawing, no larger than life; of one that would be too small to see, its beginning.
function fit() {
  const { w, h } = state.scene;
  const [width, height] = [w + LANE + 60, h + 50];
  camera.scale = Math.min(1.15, stage.clientWidth / width, stage.clientHeight / height);
  const isTiny = camera.scale < 0.3;
  if (isTiny) camera.scale = Math.min(0.7, Math.max(0.3, stage.clientHeight / height));
  camera.x = isTiny ? (LANE + 20) * camera.scale : (stage.clientWidth - (w - LANE + 24) * camera.scale) / 2;
  camera.y = Math.max(26 * camera.scale, (stage.clientHeight - h * camera.scale) / 2);
  camera.fitted = true;
  look();
}

function bringIntoView(id) {
  const item = state.view.items.get(state.view.find(id) ?? id);
  if (!item) return;
  const whole = Math.min(stage.clientWidth / (item.size.w + 80), stage.clientHeight / (item.size.h + 80));
  if (camera.scale < 0.6 || camera.scale > whole) camera.scale = Math.min(0.9, whole);
  camera.x = stage.clientWidth / 2 - (item.x + item.size.w / 2) * camera.scale;
  camera.y = stage.clientHeight / 2 - (item.y + item.size.h / 2) * camera.scale;
  camera.fitted = false;
  look();
}

// Moves only where some of the cards cannot be seen, or not read.
function show(ids) {
  const items = [...new Set(ids.map((id) => state.view.find(id)))].map((id) => state.view.items.get(id)).filter(Boolean);
  if (!items.length) return;
  const [left, top] = [Math.min(...items.map((item) => item.x)), Math.min(...items.map((item) => item.y))];
  const right = Math.max(...items.map((item) => item.x + item.size.w));
  const bottom = Math.max(...items.map((item) => item.y + item.size.h));
  const seen = (x, y) => {
    const [px, py] = [x * camera.scale + camera.x, y * camera.scale + camera.y];
    return px > 0 && py > 0 && px < stage.clientWidth && py < stage.clientHeight;
  };
  if (camera.scale > 0.4 && seen(left, top) && seen(right, bottom)) return;
  const whole = Math.min(stage.clientWidth / (right - left + 120), stage.clientHeight / (bottom - top + 120));
  camera.scale = Math.min(0.9, Math.max(0.4, whole));
  camera.x = stage.clientWidth / 2 - ((left + right) / 2) * camera.scale;
  camera.y = stage.clientHeight / 2 - ((top + bottom) / 2) * camera.scale;
  camera.fitted = false;
  look();
}

// The panel that opened may cover what was chosen.
function keepInSight(id) {
  const item = id && state.view.items.get(id);
  if (item?.group) return bringIntoView(id);
  if (camera.fitted) fit();
  if (!item) return;
  const right = (item.x + item.size.w) * camera.scale + camera.x - stage.clientWidth + 20;
  if (right > 0) pan(-Math.min(right, item.x * camera.scale + camera.x - 20), 0);
}

function cameraEvents() {
  let held = null;
  addEventListener("resize", () => camera.fitted && fit());
  stage.addEventListener("pointerdown", (event) => {
    if (event.button === 0) held = { x: event.clientX, y: event.clientY, moved: false };
  });
  stage.addEventListener("pointermove", (event) => {
    if (!held) return;
    const [dx, dy] = [event.clientX - held.x, event.clientY - held.y];
    if (!held.moved && Math.hypot(dx, dy) < 4) return;
    if (!held.moved) stage.setPointerCapture(event.pointerId);
    pan(dx, dy);
    held = { x: event.clientX, y: event.clientY, moved: true };
    stage.classList.add("held");
  });
  stage.addEventListener("pointerup", () => {
    state.dragged = held?.moved ?? false;
    held = null;
    stage.classList.remove("held");
  });
  stage.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      const box = stage.getBoundingClientRect();
      if (event.ctrlKey || event.metaKey || Math.abs(event.deltaY) > 40)
        zoom(Math.exp(-event.deltaY * 0.0016), event.clientX - box.left, event.clientY - box.top);
      else pan(-event.deltaX, -event.deltaY);
    },
    { passive: false },
  );
}
