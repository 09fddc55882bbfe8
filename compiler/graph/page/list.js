// The drawing as text, for screen readers and for who would rather read.

function showList() {
  const list = document.getElementById("list");
  const items = [...state.view.items.values()];
  const inside = new Map();
  for (const item of items) inside.has(item.parent) ? inside.get(item.parent).push(item) : inside.set(item.parent, [item]);
  const lines = (id) =>
    html(
      "ol",
      {},
      ...(inside.get(id) ?? []).map((item) => {
        const takes = (state.view.into.get(item.id) ?? []).map((wire) =>
          [wireLabel(wire), "from", titleOf(state.view.items.get(wire.source))].filter(Boolean).join(" "),
        );
        const gives = (state.view.from.get(item.id) ?? []).map((wire) => titleOf(state.view.items.get(wire.target)));
        const name = html("button", { class: "link" }, titleOf(item));
        name.addEventListener("click", () => (select(item.id), bringIntoView(item.id)));
        return html(
          "li",
          {},
          name,
          ` (${facts(item)})`,
          takes.length ? `; takes ${takes.join(", ")}` : "",
          gives.length ? `; gives to ${[...new Set(gives)].join(", ")}` : "",
          ...problems(item.id).map(message),
          item.open ? lines(item.id) : null,
        );
      }),
    );
  const tab = currentTab();
  list.replaceChildren(
    html("h2", {}, tab.title),
    html("p", {}, [everyWords(tab), tab.trains.length ? `trains ${tab.trains.join(", ")}` : ""].filter(Boolean).join("; ")),
    lines(ROOT),
  );
}
