// Charts say the values of the point that is pointed at, or chosen by arrow keys.
(() => {
  /** The points of a chart as they are drawn, line by line. */
  const linesOf = (svg) =>
    [...svg.querySelectorAll("[data-name]")].map((path) => {
      const [xs, ys] = [path.dataset.x.split(" "), path.dataset.y.split("|")];
      const places = [...path.getAttribute("d").matchAll(/[ML](\S+) ([^ML]+)/g)];
      const points = places.map(([, x, y], i) => ({ x: +x, y: +y, at: xs[i], value: ys[i] }));
      return { path, points };
    });
  const ends = { Home: 0, End: -1 }, steps = { ArrowLeft: -1, ArrowRight: 1 };

  function follow(svg) {
    const output = svg.parentElement.querySelector("output"), mark = svg.querySelector(".chosen");
    let lines, line, point;

    function choose(next, index) {
      line?.path.classList.remove("pointed");
      line = next;
      point = line.points.at(index);
      line.path.classList.add("pointed");
      mark.setAttribute("cx", point.x);
      mark.setAttribute("cy", point.y);
      mark.style.visibility = "visible";
      output.textContent =
        `${line.path.dataset.name}, ${svg.dataset.hover} ${point.at}: ${point.value}`;
    }
    function leave() {
      line?.path.classList.remove("pointed");
      mark.style.visibility = "hidden";
      line = undefined;
      output.textContent = output.dataset.hint;
    }
    /** The line above or below at the same place. */
    function neighbour(up) {
      const others = lines.flatMap((one) => {
        const index = one.points.findIndex(({ at }) => at === point.at);
        return index < 0 || one === line ? [] : [{ one, index, y: one.points[index].y }];
      }).filter(({ one, y }) =>
        // of lines at one height, those later in the order are above
        y === point.y ? (lines.indexOf(one) > lines.indexOf(line)) === up : y < point.y === up
      );
      const rank = (
        { one, y },
      ) => [Math.abs(y - point.y), Math.abs(lines.indexOf(one) - lines.indexOf(line))];
      return others.sort((a, b) => rank(a)[0] - rank(b)[0] || rank(a)[1] - rank(b)[1])[0];
    }

    svg.addEventListener("pointermove", ({ clientX, clientY }) => {
      lines ??= linesOf(svg);
      const { left, top, width } = svg.getBoundingClientRect();
      const scale = svg.viewBox.baseVal.width / width;
      const x = (clientX - left) * scale, y = (clientY - top) * scale;
      let best = Infinity, found;
      for (const one of lines) {
        one.points.forEach((point, index) => {
          const far = (point.x - x) ** 2 + (point.y - y) ** 2;
          if (far < best) [best, found] = [far, [one, index]];
        });
      }
      if (found) choose(...found);
    });
    svg.addEventListener("pointerleave", leave);
    svg.addEventListener("blur", leave);
    svg.addEventListener("focus", () => {
      lines ??= linesOf(svg);
      if (!line && lines.length > 0) choose(lines[0], -1);
    });
    svg.addEventListener("keydown", (event) => {
      const { key } = event;
      if (!line || !(key in ends || key in steps || key === "ArrowUp" || key === "ArrowDown")) {
        return;
      }
      event.preventDefault();
      if (key in ends) return choose(line, ends[key]);
      if (key in steps) {
        const index = line.points.indexOf(point) + steps[key];
        return choose(line, Math.min(Math.max(index, 0), line.points.length - 1));
      }
      const next = neighbour(key === "ArrowUp");
      if (next) choose(next.one, next.index);
    });
  }
  document.querySelectorAll("svg[data-hover]").forEach(follow);
})();
