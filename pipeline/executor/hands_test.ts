import { assertEquals } from "@std/assert";
import { permitted } from "../../tests/permitted.ts";
import { makeFixture } from "../_fixture.ts";
import { statusLines, statusRows } from "../answers/status.ts";
import { fleetOptions, openScripted, TOGETHER } from "./_scripted.ts";
import type { TicketState } from "./executor.ts";
import { openFleet } from "./fleet.ts";
import { whereCellsAre } from "./hands.ts";

permitted(
  "whereCellsAre() says what the executor says of cells, and asks nobody else",
  async () => {
    using fixture = makeFixture();
    const cells = [1, 2, 3, 4].map((value) => ({
      ...{
        id: `number:${value}`,
        stage: fixture.stage("number"),
        parameters: { value },
        inputs: [],
      },
    }));
    const STATES: TicketState[] = [
      { kind: "running", node: "n2", restarts: 1 },
      { kind: "queued", why: "Resources", restarts: 0 },
      { kind: "ended", how: "limit", code: 0, text: "TIMEOUT" },
      { kind: "unknown" },
    ];
    const assessed = [...(await fixture.assess(cells)).values()];
    const keys = new Set(assessed.map(({ key }) => key!));
    const look = async (executor?: ReturnType<typeof openScripted>) => {
      const where = await whereCellsAre(fixture.store, keys, () => Promise.resolve(executor));
      const rows = statusRows(assessed, undefined, (key) => where.get(key));
      return statusLines("test", rows).slice(1).map((line) => line.replace(/^.*?\d {2,}/, ""));
    };
    let asked = false;
    await whereCellsAre(fixture.store, keys, () => {
      asked = true;
      return Promise.resolve(undefined);
    });
    assertEquals(asked, false);
    const detached = Promise.withResolvers<void>();
    const executor = openScripted(async ([{ cell }]) => {
      await detached.promise;
      return STATES[Number(cell.parameters.value) - 1];
    });
    await fixture.run(cells, {
      openFleet: (told) =>
        Promise.resolve(
          openFleet({
            ...fleetOptions(fixture, executor, { detach: true, times: TOGETHER }),
            ...told,
          }),
        ),
    });
    detached.resolve();
    await executor.settled();
    assertEquals(await look(executor), [
      "running on n2 (scripted, 1_0), put back once",
      "queued: Resources (scripted, 1_1)",
      "ended: TIMEOUT (scripted, 1_2); the same comm…",
      "handed over (scripted, 1_3), how it stands is…",
    ]);
    executor.silent = true;
    const silent = await look(executor);
    assertEquals(silent[0], "handed over (scripted, 1_0), how it stands is…");
    assertEquals(await look(), silent);
  },
);
