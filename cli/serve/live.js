// Shows what a server says of the runs, and the report anew when there is another one.
(() => {
  const at = (id) => document.getElementById(id);
  const make = (name, text, more = {}) =>
    Object.assign(document.createElement(name), { textContent: text }, more);
  const frame = at("report"), open = new Map();
  let version;

  /** Time left changes all the time: readers of screens are told what happens alone. */
  function say(text, news = text) {
    for (const [id, content] of [["text", text], ["news", news]]) {
      if (at(id).textContent !== content) at(id).textContent = content;
    }
  }

  function report(results) {
    const there = results !== undefined;
    at("none").hidden = there;
    at("alone").hidden = frame.hidden = !there;
    if (there && results !== version) {
      if (version === undefined) frame.src = frame.dataset.src + location.hash;
      else frame.contentWindow.location.reload(); // which stays where it was scrolled to
    }
    if (there) version = results;
  }

  function row({ cell, state, text, percent }) {
    const tr = document.createElement("tr");
    const name = make("th", cell, { scope: "row" }), how = make("td", state);
    how.dataset.state = state;
    if (percent !== undefined) how.append(` ${percent} %`);
    tr.append(name, how, make("td", text));
    return tr;
  }

  function list({ where, cells, text }, several) {
    const counts = new Map();
    for (const { state } of cells) counts.set(state, (counts.get(state) ?? 0) + 1);
    const summary = [...counts].map(([state, count]) => `${count} ${state}`).join(", ");
    const details = document.createElement("details"), table = document.createElement("table");
    const box = make("div", "", { className: "cells", tabIndex: 0 });
    box.setAttribute("role", "region");
    box.setAttribute("aria-label", `Cells of ${where}`);
    details.open = open.get(where) ?? false;
    details.addEventListener("toggle", () => open.set(where, details.open));
    table.append(...cells.map(row));
    box.append(table);
    details.append(make("summary", `${several ? `${where}, ${text}: ` : ""}${summary}`), box);
    return details;
  }

  const newsOf = (runs) => {
    const cells = runs.flatMap((run) => run.cells);
    const failed = cells.filter(({ state }) => state === "failed").map(({ cell }) => cell);
    return [
      `${cells.filter(({ state }) => state === "done").length} of ${cells.length} cells done`,
      ...failed.length > 0 ? [`failed: ${failed.join(", ")}`] : [],
    ].join(", ");
  };

  function show({ runs, results, problem }) {
    if (problem === undefined) report(results);
    const [first] = runs, several = runs.length > 1;
    say(
      problem ??
        (first === undefined
          ? "No pipeline runs on this profile"
          : several
          ? `${runs.length} pipelines run`
          : first.running
          ? first.text
          : `No pipeline runs. The last one: ${first.text}`),
      problem ?? (first?.running ? newsOf(runs) : undefined),
    );
    const bar = at("done");
    bar.hidden = !first?.running;
    if (first?.running) {
      bar.max = first.total;
      bar.value = first.done;
    }
    const scrolled = [...document.querySelectorAll(".cells")].map((one) => one.scrollTop);
    const focused = [...document.querySelectorAll("#runs [tabindex], #runs summary")]
      .indexOf(document.activeElement);
    at("runs").replaceChildren(...runs.map((run) => list(run, several)));
    document.querySelectorAll(".cells").forEach((one, i) => one.scrollTop = scrolled[i] ?? 0);
    if (focused >= 0) {
      document.querySelectorAll("#runs [tabindex], #runs summary")[focused]?.focus();
    }
  }

  const events = new EventSource("/events");
  events.addEventListener("state", ({ data }) => show(JSON.parse(data)));
  events.addEventListener("error", () => say("The server does not answer; trying again …"));
})();
