// What the page does besides being read: dialogs, sorting, copying.
(() => {
  const dialog = document.querySelector("dialog");
  const templates = new Map(
    [...document.querySelectorAll("template[data-for]")].map((one) => [one.dataset.for, one]),
  );
  const fill = (place, name) => {
    const template = templates.get(name);
    if (!template || place.dataset.filled) return;
    place.dataset.filled = "yes";
    place.append(template.content.cloneNode(true));
    for (const inner of place.querySelectorAll("[data-cell]")) fill(inner, inner.dataset.cell);
  };
  document.addEventListener("click", async ({ target }) => {
    const button = target.closest("button");
    if (target === dialog || button?.matches("[data-close]")) dialog.close();
    else if (button?.dataset.number) {
      const body = dialog.querySelector("[data-body]");
      body.replaceChildren();
      delete body.dataset.filled;
      fill(body, button.dataset.number);
      dialog.showModal();
      dialog.scrollTop = 0;
    } else if (button?.matches("[data-copy]")) {
      try {
        await navigator.clipboard.writeText(button.parentElement.querySelector("pre").textContent);
        button.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(button.parentElement.querySelector("pre"));
        button.textContent = "Selected";
      }
    } else if (button?.dataset.sort) sort(button);
    else if (button?.matches("[data-check]")) check(button);
  });
  // the program is loaded when it is asked for, and takes over from there
  function check(button) {
    if (globalThis.smoothnessCheck) return smoothnessCheck.run();
    const state = document.querySelector("[data-check-state]"),
      script = document.createElement("script");
    const end = (text) => {
      button.disabled = false;
      state.textContent = text;
    };
    script.src = button.dataset.check;
    script.onload = () => {
      end("");
      smoothnessCheck.run();
    };
    script.onerror = () => {
      script.remove();
      end(`"${script.src}" cannot be loaded; it belongs beside this page`);
    };
    button.disabled = true;
    state.textContent = "Loading the program";
    document.head.append(script);
  }
  function sort(button) {
    const table = button.closest("table"), head = button.closest("th");
    const column = Number(button.dataset.sort);
    const order = head.getAttribute("aria-sort") === "descending" ? "ascending" : "descending";
    for (const th of table.tHead.rows[0].cells) th.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", column < 0 ? "ascending" : order);
    const value = (body) => {
      const number = parseFloat(body.rows[0].cells[column + 1].dataset.value);
      return Number.isNaN(number) ? -1 : number;
    };
    const rank = column < 0
      ? (a, b) => a.dataset.order - b.dataset.order
      : (a, b) => (order === "descending" ? 1 : -1) * (value(b) - value(a));
    table.append(...[...table.tBodies].sort(rank));
  }
  document.documentElement.classList.add("live");
})();
