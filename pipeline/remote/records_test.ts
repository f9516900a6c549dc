import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { type Fixture, makeFixture, openFixture } from "../_fixture.ts";
import { assessAll } from "../freshness/assess.ts";
import {
  addAttestation,
  attestations,
  attestationsPath,
  attestationsSound,
} from "../store/attestation.ts";
import { openCode } from "../code/code_digest.ts";
import { readCodeRecord } from "../code/code_record.ts";
import { openStatCache } from "../code/stat_cache.ts";
import { TOLERANCE } from "../verify/compare.ts";
import { filesBelow } from "../store/files.ts";
import { planRows } from "../answers/plan.ts";
import { planLines } from "../answers/plan_lines.ts";
import { openRemoteFolder } from "./folder.ts";
import { openRemoteCache } from "./cache.ts";
import type { Manifest } from "../store/manifest.ts";
import { permitted } from "../../tests/permitted.ts";

const shared = ({ root }: Fixture) => join(root, "shared");

/** A repository, and a folder that it shares. */
function withRemote(): Fixture {
  const fixture = makeFixture();
  Deno.mkdirSync(shared(fixture));
  return fixture;
}

/** Empties the local store, as on a machine that has nothing yet. */
function secondMachine({ root }: Fixture): void {
  Deno.removeSync(join(root, "artifacts"), { recursive: true });
}

/** Runs as a new process does, and returns the manifest of the last cell. */
async function runShared(fixture: Fixture, value = 3): Promise<Manifest> {
  const { run, store, cells, assess } = openFixture(fixture.root);
  const remote = openRemoteCache(openRemoteFolder(shared(fixture)), store, () => {});
  await run(cells({ value }), { remote });
  return (await assess(cells({ value }))).get("report")!.manifest!;
}

function attest({ store }: Fixture, { cell, key, outputs }: Manifest, date: string): void {
  const { digest } = outputs["value.txt"];
  addAttestation(store, {
    ...{ cell, key, verdict: "identical", date, tolerance: TOLERANCE, provenance: {} },
    outputs: { "value.txt": { kind: "identical", recorded: digest, again: digest } },
    metrics: { kind: "identical" },
  });
}

permitted("run() shares the records of code and the attestations of cells", async () => {
  using fixture = withRemote();
  const { store } = fixture, manifest = await runShared(fixture), { key, code } = manifest;
  attest(fixture, manifest, "2026-01-01");
  await runShared(fixture);
  secondMachine(fixture);
  await runShared(fixture);
  assertEquals(attestations(store, key).map(({ date }) => date), ["2026-01-01"]);
  assertEquals(Object.keys(readCodeRecord(store.code(code), code)!.modules), ["report.ts"]);
  // What each of two machines attested comes together on both.
  attest(fixture, manifest, "2026-01-03");
  await runShared(fixture);
  secondMachine(fixture);
  await runShared(fixture);
  attest(fixture, manifest, "2026-01-02");
  await runShared(fixture);
  const dates = ["2026-01-01", "2026-01-02", "2026-01-03"];
  assertEquals(attestations(store, key).map(({ date }) => date), dates);
  assertEquals(
    Deno.readTextFileSync(join(shared(fixture), "manifests", `${key}.attestations.json`)),
    Deno.readTextFileSync(attestationsPath(store, key)),
  );
});

permitted("run() takes no record from the remote that is not as it was written", async () => {
  using fixture = withRemote();
  const { store } = fixture, manifest = await runShared(fixture), { key, code } = manifest;
  attest(fixture, manifest, "2026-01-01");
  await runShared(fixture);
  const edit = (path: string, from: string, to: string) => {
    const text = Deno.readTextFileSync(path);
    assertEquals(text.includes(from), true, path);
    Deno.writeTextFileSync(path, text.replace(from, to));
  };
  const remote = (folder: string, name: string) => join(shared(fixture), folder, name);
  edit(remote("manifests", `${key}.attestations.json`), '"identical"', '"different"');
  edit(remote("code", `${code}.json`), "report.ts", "raport.ts");
  secondMachine(fixture);
  await runShared(fixture);
  assertEquals(attestations(store, key), []);
  assertEquals(filesBelow(join(store.folder, "code")).some((path) => path.includes(code)), false);
});

permitted("run() takes no attestation from the remote that is one of another cell", async () => {
  using fixture = withRemote();
  const { store } = fixture, manifest = await runShared(fixture), { key } = manifest;
  const other = await runShared(fixture, 4);
  attest(fixture, other, "2026-01-01");
  await runShared(fixture, 4);
  const path = (key: string) => join(shared(fixture), "manifests", `${key}.attestations.json`);
  Deno.copyFileSync(path(other.key), path(key));
  secondMachine(fixture);
  await runShared(fixture);
  await runShared(fixture, 4);
  assertEquals([attestations(store, key).length, attestations(store, other.key).length], [0, 1]);
});

permitted("attestationsSound() notices every changed byte", async () => {
  using fixture = makeFixture();
  await fixture.run(fixture.cells());
  const { manifest } = (await fixture.assess(fixture.cells())).get("report")!;
  attest(fixture, manifest!, "2026-01-01");
  const path = attestationsPath(fixture.store, manifest!.key), bytes = Deno.readFileSync(path);
  assertEquals(attestationsSound(path), true);
  for (let at = 0; at < bytes.length; at++) {
    const changed = bytes.slice();
    changed[at] ^= 1 << at % 8;
    Deno.writeFileSync(path, changed);
    assertEquals(attestationsSound(path), false, `byte ${at}`);
  }
});

permitted("planLines() tells what the remote has, and brings nothing into the store", async () => {
  using fixture = withRemote();
  await runShared(fixture);
  secondMachine(fixture);
  const plan = async (value: number) => {
    const { root, store } = fixture, stats = openStatCache(join(store.cache, "files.json"));
    const code = openCode({ root, cache: store.cache, stats });
    const remote = openRemoteCache(openRemoteFolder(shared(fixture)), store, () => {});
    const assessor = { profile: "test", store, stats, code, remote, readOnly: true };
    return planLines(
      "test",
      planRows([...(await assessAll(fixture.cells({ value }), assessor)).values()]),
    );
  };
  assertEquals(await plan(3), [
    "Profile test: 0 of 3 cells run, 3 come from the remote store",
    "remote  number",
    "remote  parity",
    "remote  report",
  ]);
  assertEquals(await plan(4), [
    "Profile test: 3 of 3 cells run; none of them has run yet",
    "run  number  unknown",
    "run  parity  unknown",
    "run  report  unknown",
  ]);
  const written = filesBelow(fixture.store.folder).filter((path) => !path.includes("/cache/"));
  assertEquals(written, []);
  assertEquals(filesBelow(fixture.store.cache), []);
});
