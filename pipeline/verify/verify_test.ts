import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { join } from "node:path";
import { type Fixture, makeFixture } from "../_fixture.ts";
import { attestations, latestAttestation } from "../store/attestation.ts";
import { TOLERANCE } from "./compare.ts";
import { openCode } from "../code/code_digest.ts";
import { openStatCache } from "../code/stat_cache.ts";
import type { CellDeclaration } from "../cells/stage.ts";
import { statusDetails, statusLines, statusRows } from "../answers/status.ts";
import { attestationLines, verifyCell, type VerifyOptions } from "./verify.ts";
import { permitted } from "../../tests/permitted.ts";

/** A cell that takes a random time and writes a loss and a word, which `noise` and `word` change. */
function noisyCell({ write, stage }: Fixture, noise: string, word = '"gelu"'): CellDeclaration {
  write(
    "noisy.ts",
    `const job = JSON.parse(Deno.readTextFileSync(Deno.args[0]));
const loss = 1.25 + ${noise};
Deno.writeTextFileSync(job.output + "/history.json", JSON.stringify({
  activation: ${word}, epochs: [{ loss: 2.5 }, { loss }] }));
console.log(JSON.stringify({ kind: "result", metrics: { loss, seconds: Math.random() }, provenance: {} }));`,
  );
  return {
    id: "noisy",
    stage: stage("noisy", { outputs: ["history.json"] }),
    parameters: {},
    inputs: ["number"],
  };
}

function verify(fixture: Fixture, id: string, cells: readonly CellDeclaration[]) {
  const { root, store } = fixture, stats = openStatCache(join(store.cache, "files.json"));
  const options: VerifyOptions = {
    ...{ profile: "test", store, stats, root, tolerance: TOLERANCE },
    code: openCode({ root, cache: store.cache, stats }),
    prepare: () =>
      Promise.resolve({ engine: { kind: "none" }, provenance: { machine: "the second" } }),
    onEvent: () => {},
    signal: new AbortController().signal,
  };
  return verifyCell(id, cells, options);
}

permitted(
  "verifyCell() finds identical, within tolerance and different, and keeps it",
  async () => {
    using fixture = makeFixture();
    const [number] = fixture.cells();
    const cases: [noise: string, verdict: string, line: RegExp][] = [
      ["0", "identical", /^ {2}history\.json {2}identical$/],
      [
        "1e-6 * crypto.getRandomValues(new Uint32Array(1))[0] / 2 ** 32",
        "within tolerance",
        /^ {2}history\.json {2}within tolerance: 1 of 2 numbers differ; largest by \S+ in epochs\[\]\.loss\[1\]: 1\.25\d+, was 1\.25\d+$/,
      ],
      [
        "crypto.getRandomValues(new Uint32Array(1))[0] / 2 ** 32",
        "different",
        /^ {2}history\.json {2}different: 1 of 2 numbers differ, 1 by more than is allowed; largest by /,
      ],
    ];
    for (const [noise, verdict, line] of cases) {
      const cells = [number, noisyCell(fixture, noise)];
      await fixture.run(cells);
      const { manifest } = (await fixture.assess(cells)).get("noisy")!;
      const before = await Deno.readTextFile(fixture.store.object(
        manifest!.outputs["history.json"].digest,
      ));
      const attestation = (await verify(fixture, "noisy", cells))!;
      assertEquals(attestation.verdict, verdict);
      assertMatch(attestationLines(attestation)[1], line);
      assertEquals(attestation.provenance.machine, "the second");
      // What was recorded is still what counts, and the scratch store is gone.
      assertEquals((await fixture.assess(cells)).get("noisy")!.manifest, manifest);
      assertEquals(
        await Deno.readTextFile(fixture.store.object(manifest!.outputs["history.json"].digest)),
        before,
      );
      const cache = [...Deno.readDirSync(fixture.store.cache)].map(({ name }) => name);
      assertEquals(cache.filter((name) => name.startsWith("verify")), []);
      assertEquals(latestAttestation(fixture.store, manifest!), attestation);
    }
  },
);

permitted("verifyCell() tells a text that differs from numbers that do", async () => {
  using fixture = makeFixture();
  const cells = [fixture.cells()[0], noisyCell(fixture, "0", "crypto.randomUUID()")];
  await fixture.run(cells);
  const attestation = (await verify(fixture, "noisy", cells))!;
  assertEquals(attestationLines(attestation), [
    "noisy: different (tolerance: 0.000001 + 0.0001 of the recorded value)",
    "  history.json  different: names, shapes or texts differ, not numbers alone",
    "  metrics       identical",
  ]);
});

permitted("verifyCell() adds to the attestations, which hold for those outputs alone", async () => {
  using fixture = makeFixture();
  const cells = fixture.cells();
  await fixture.run(cells);
  await verify(fixture, "report", cells);
  const attestation = (await verify(fixture, "report", cells))!;
  assertEquals(attestations(fixture.store, attestation.key).length, 2);
  const assessed = [...(await fixture.assess(cells)).values()];
  const rows = statusRows(assessed, (manifest) => latestAttestation(fixture.store, manifest));
  assertEquals(rows.map(({ verified }) => verified?.verdict), [undefined, undefined, "identical"]);
  assertMatch(statusLines("test", rows)[3], / {2}identical$/);
  assertMatch(
    statusDetails(rows[2]).join("\n"),
    / {2}verified {2}computed again \d{4}-\d\d-\d\d: identical$/m,
  );
  const { manifest } = assessed[2], other = assessed[0].manifest!.outputs;
  assertEquals(latestAttestation(fixture.store, { ...manifest!, outputs: other }), undefined);
});

permitted("verifyCell() refuses a stale cell and damaged inputs", async () => {
  using fixture = makeFixture();
  const cells = fixture.cells({ value: 3 });
  await assertRejects(
    () => verify(fixture, "report", cells),
    Error,
    'Cannot verify "report": expected a finished cell, but it is stale (has not run yet); run ' +
      '"deno task stage report"',
  );
  await fixture.run(cells);
  const { manifest } = (await fixture.assess(cells)).get("parity")!;
  const object = fixture.store.object(manifest!.outputs["value.txt"].digest);
  await Deno.chmod(object, 0o644);
  await Deno.writeTextFile(object, "7");
  await assertRejects(
    () => verify(fixture, "report", cells),
    Error,
    'Cannot verify "report": value.txt of "parity" is damaged in the store',
  );
});
