import { assert, assertEquals, assertMatch } from "@std/assert";
import { makeFixture, table1Cells } from "../_fixture.ts";
import { type CellState, graphNodes, mermaidText, STATE_STYLES } from "./graph.ts";
import { graphSvg } from "./graph_svg.ts";
import { permitted } from "../../tests/permitted.ts";

permitted("mermaidText() shows every cell with its state", async () => {
  using fixture = makeFixture();
  const text = async (value: number) => {
    const assessed = await fixture.assess(fixture.cells({ value }));
    return mermaidText(graphNodes([...assessed.values()])).split("\n").slice(0, 6);
  };
  assertEquals(await text(1), [
    "flowchart LR",
    '  c0["number<br/>never ran"]:::never_ran',
    '  c1["parity<br/>never ran"]:::never_ran',
    '  c2["report<br/>never ran"]:::never_ran',
    "  c0 --> c1",
    "  c1 --> c2",
  ]);
  await fixture.run(fixture.cells());
  assertEquals((await text(1))[1], '  c0["number"]:::fresh');
  assertEquals((await text(2)).slice(1, 3), [
    '  c0["number<br/>stale"]:::stale',
    '  c1["parity<br/>may run"]:::may_run',
  ]);
});

permitted(
  "graphNodes() leaves out the arrows that others imply, and keeps the inputs",
  async () => {
    using fixture = makeFixture();
    const cells = table1Cells(fixture);
    const nodes = graphNodes([...(await fixture.assess(cells)).values()]);
    const node = (id: string) => nodes.find(({ cell }) => cell === id)!;
    assertEquals(node("attack:pgd50:3").inputs, ["data", "train:3"]);
    assertEquals(node("attack:pgd50:3").arrows, ["train:3"]);
    assertEquals(node("aggregate").inputs.length, 18);
    assertEquals(node("aggregate").arrows.filter((id) => !id.startsWith("attack:")), []);
    assertEquals(nodes.flatMap(({ arrows }) => arrows).length, 6 + 12 + 12 + 1);
  },
);

permitted("graphSvg() draws 21 cells, none over another and arrows to the right", async () => {
  using fixture = makeFixture();
  const nodes = graphNodes([...(await fixture.assess(table1Cells(fixture))).values()]);
  const svg = graphSvg("Profile <demo>", nodes);
  assertMatch(svg, /<title>Profile &lt;demo&gt;<\/title>/);
  const boxes = [...svg.matchAll(
    /<g><title>(.+?): never ran.*?<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="(\d+)"/g,
  )].map(([, cell, ...numbers]) => {
    const [x, y, width, height] = numbers.map(Number);
    return { cell, x, y, width, height };
  });
  assertEquals(boxes.map(({ cell }) => cell), nodes.map(({ cell }) => cell));
  const [, width, height] = /viewBox="0 0 (\d+) (\d+)"/.exec(svg)!.map(Number);
  for (const a of boxes) {
    assert(a.x >= 0 && a.y >= 0 && a.x + a.width <= width && a.y + a.height <= height, a.cell);
    for (const b of boxes.filter((b) => b !== a)) {
      const apart = a.x + a.width <= b.x || b.x + b.width <= a.x ||
        a.y + a.height <= b.y || b.y + b.height <= a.y;
      assert(apart, `${a.cell} and ${b.cell}`);
    }
  }
  const arrows = [...svg.matchAll(/<path d="M([\d.]+) [\d.]+C.* ([\d.]+) [\d.]+m/g)];
  assertEquals(arrows.length, 31);
  for (const [, from, to] of arrows) assert(Number(from) < Number(to));
});

Deno.test("graphSvg() gives each state its colour and says it in words", () => {
  for (const state of Object.keys(STATE_STYLES) as CellState[]) {
    const reasons = state === "stale"
      ? [{ kind: "code changed", text: "code changed" } as const]
      : [];
    const svg = graphSvg("t", [{ cell: "a", state, reasons, inputs: [], arrows: [] }]);
    assert(svg.includes(`fill="${STATE_STYLES[state].fill}"`), state);
    assert(svg.includes(`1 ${state}<`), state);
    assertEquals(svg.includes(">code changed<"), state === "stale");
  }
  assert(graphSvg("nothing", []).startsWith("<svg "));
});
