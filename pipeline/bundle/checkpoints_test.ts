import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { join } from "node:path";
import { STANDS_STILL } from "../_fixture.ts";
import { filesBelow } from "../store/files.ts";
import { exportCells, runCells, withFixture } from "./_fixture.ts";
import { begunCells, checkReplaceable, packCheckpoints, takeCheckpoints } from "./checkpoints.ts";
import { openBundle } from "./host.ts";
import { permitted } from "../../tests/permitted.ts";

permitted(
  "takeCheckpoints() goes on elsewhere from what was packed, and not from anything else",
  () =>
    withFixture(async (fixture) => {
      const at = (name: string) => join(fixture.root, name);
      fixture.write("number.ts", STANDS_STILL);
      const { out } = await exportCells(fixture, fixture.cells(), ["parity"]);
      const bundle = await openBundle(out, at("host")), checkpoints = at("checkpoints");
      assertEquals(await packCheckpoints(bundle, checkpoints, 1e6), undefined);
      await runCells(bundle, ({ kind }, stop) => kind === "progress" && stop.abort());
      assertEquals(begunCells(bundle).map(({ cell }) => cell), ["number"]);
      await packCheckpoints(bundle, checkpoints, 100);
      const { volumes, files } = (await packCheckpoints(bundle, checkpoints, 1e6))!;
      assertEquals(files.map(({ path }) => path.split("/").at(-1)), ["mark"]);
      assertEquals(
        filesBelow(checkpoints).map((path) => path.slice(checkpoints.length + 1)),
        ["checkpoints.json", ...volumes.map(({ path }) => path)],
      );

      const other = await openBundle(out, at("other"));
      assertEquals((await takeCheckpoints(other, checkpoints)).map(({ cell }) => cell), ["number"]);
      // What has begun there stays.
      assertEquals(await takeCheckpoints(other, checkpoints), []);
      const { ran, events } = await runCells(other);
      assertEquals(ran, ["number", "parity"]);
      const logs = events.flatMap((event) => event.kind === "log" ? [event.text] : []);
      assertEquals(logs, ["going on from half"]);
      assertEquals(begunCells(other), []);
      assertEquals(await takeCheckpoints(other, checkpoints), []);

      await exportCells(fixture, fixture.cells({ value: 7 }), ["parity"], { out: at("foreign") });
      const stranger = await openBundle(at("foreign"), at("third"));
      await assertRejects(
        () => takeCheckpoints(stranger, checkpoints),
        Error,
        `its bundle is ${bundle.index.digest}, expected ${stranger.index.digest}`,
      );
      const path = join(checkpoints, volumes[0].path), bytes = Deno.readFileSync(path);
      Deno.writeFileSync(path, bytes.subarray(1));
      const fourth = await openBundle(out, at("fourth"));
      await assertRejects(
        () => takeCheckpoints(fourth, checkpoints),
        Error,
        `Cannot use "${path}"`,
      );
      assertEquals(begunCells(fourth), []);
      await assertRejects(
        () => takeCheckpoints(fourth, at("nowhere")),
        Error,
        `Cannot read "${at("nowhere")}": there is no such file; expected checkpoints.json`,
      );
    }),
);

permitted(
  "packCheckpoints() replaces nothing but checkpoints of its bundle",
  () =>
    withFixture(async (fixture) => {
      const at = (name: string) => join(fixture.root, name);
      const { out } = await exportCells(fixture, fixture.cells(), ["parity"]);
      const { digest } = (await openBundle(out, at("host"))).index;
      Deno.mkdirSync(at("thesis"));
      Deno.writeTextFileSync(at("thesis/thesis.tex"), "precious");
      Deno.writeTextFileSync(at("file"), "precious");
      Deno.mkdirSync(at("others"));
      Deno.writeTextFileSync(at("others/checkpoints.json"), '{"about":{"bundle":"0"}}');
      const cases = [
        ["thesis", 'it holds "thesis.tex"'],
        ["file", "it is no folder"],
        ["others", "it holds those of another bundle (0)"],
      ];
      for (const [name, problem] of cases) {
        assertThrows(
          () => checkReplaceable(at(name), digest),
          Error,
          `Cannot write the checkpoints to "${at(name)}": ${problem}; name another folder with`,
        );
      }
      checkReplaceable(at("new"), digest);
    }),
);
