/**
 * One pipeline as a process of its own, for tests: runs the 21 cells of {@linkcode table1Cells} in
 * the repository named first and prints what happens, one JSON object a line. Named next may be the
 * cell that stands still once, and the value of the data.
 *
 * @module
 */
import { openFixture, table1Cells } from "./_fixture.ts";

const [root, hang, data = "1"] = Deno.args;
const fixture = openFixture(root);
await fixture.run(table1Cells(fixture, hang, Number(data)), {
  jobs: 2,
  onEvent: (event) => console.log(JSON.stringify(event)),
});
