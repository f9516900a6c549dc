/**
 * Adopts the cell `first` of the repository named on the command line, for tests that end the
 * process; prints what happens, one JSON object a line.
 *
 * @module
 */
import { openFixture } from "../_fixture.ts";
import { adopt, rowCells } from "./_fixture.ts";

const fixture = openFixture(Deno.args[0]);
await adopt(fixture, ["first"], rowCells(fixture), {
  onEvent: (event) => console.log(JSON.stringify(event)),
});
