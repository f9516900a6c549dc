import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { join } from "node:path";
import { type Fixture, makeFixture, openFixture } from "../_fixture.ts";
import { lockDifferences, lockOf } from "../answers/lockfile.ts";
import { openRemoteFolder } from "./folder.ts";
import { type Remote, RemoteSilent } from "./remote.ts";
import { openRemoteCache } from "./cache.ts";
import { remoteFailure } from "./remote_failure.ts";
import { S3Error } from "./s3/errors.ts";
import type { RunOptions } from "../run/run.ts";
import type { Manifest, StoredFile } from "../store/manifest.ts";
import { permitted } from "../../tests/permitted.ts";

/** A repository, and a folder that it shares with {@linkcode secondMachine}. */
function withRemote(): Fixture & { readonly shared: string } {
  const fixture = makeFixture(), shared = join(fixture.root, "shared");
  Deno.mkdirSync(shared);
  return { ...fixture, shared };
}

/** Empties the local store, as on a machine that has nothing yet. */
function secondMachine({ root }: Fixture): void {
  Deno.removeSync(join(root, "artifacts"), { recursive: true });
}

async function runWith(
  fixture: Fixture,
  remote: Remote,
  cells = fixture.cells({ value: 3 }),
  check?: RunOptions["check"],
) {
  const notes: string[] = [];
  // Opened anew, as by a new process.
  const { run, store } = openFixture(fixture.root);
  const onEvent = (event: { kind: string; text?: string }) => {
    if (event.kind === "note") notes.push(event.text!);
  };
  const summary = await run(cells, { remote: openRemoteCache(remote, store, onEvent), check });
  return { ...summary, notes };
}

/** The remote's manifest and path of a cell's output. */
function remoteFiles(shared: string, cell: string) {
  for (const { name } of Deno.readDirSync(join(shared, "manifests"))) {
    const manifest = join(shared, "manifests", name);
    const content: Manifest = JSON.parse(Deno.readTextFileSync(manifest));
    if (content.cell !== cell) continue;
    const file: StoredFile = content.outputs["value.txt"];
    const object = join(shared, "objects", file.digest.slice(0, 2), file.digest);
    return { manifest, object, content };
  }
  throw new Error(`Nothing of ${cell} in ${shared}`);
}

function overwrite(path: string, text: string): void {
  Deno.chmodSync(path, 0o644);
  Deno.writeTextFileSync(path, text);
}

const ALL = ["number", "parity", "report"];

permitted("run() gives to the remote what it computes, and takes what is there", async () => {
  using fixture = withRemote();
  const remote = openRemoteFolder(fixture.shared), cells = fixture.cells({ value: 3 });
  assertEquals((await runWith(fixture, remote)).ran, ALL);
  const manifests = (await fixture.assess(cells)).values().map(({ manifest }) => manifest)
    .toArray();
  secondMachine(fixture);
  const second = await runWith(fixture, remote);
  assertEquals([second.ran, second.cached], [[], ALL]);
  assertEquals(second.notes, ALL.map((cell) => `${cell}: taken from the remote store`));
  assertEquals(await fixture.read(cells, "report"), "parity: 1");
  // With the provenance of the machine that computed them.
  assertEquals(
    (await fixture.assess(cells)).values().map(({ manifest }) => manifest).toArray(),
    manifests,
  );
  assertEquals((await runWith(fixture, remote)).notes, []);
  assertEquals(
    [...Deno.readDirSync(fixture.store.cache)].filter(({ isDirectory }) => isDirectory),
    [],
  );
});

permitted("run() gives the remote what was computed before it was named", async () => {
  using fixture = withRemote();
  const remote = openRemoteFolder(fixture.shared);
  await fixture.run(fixture.cells({ value: 3 }));
  assertEquals((await runWith(fixture, remote)).ran, []);
  secondMachine(fixture);
  assertEquals((await runWith(fixture, remote)).ran, []);
});

permitted("run() counts what the remote has before it checks whether it may run", async () => {
  using fixture = withRemote();
  const remote = openRemoteFolder(fixture.shared), cells = fixture.cells({ value: 3 });
  await runWith(fixture, remote);
  const lock = lockOf("test", [...(await fixture.assess(cells)).values()]);
  secondMachine(fixture);
  const check: RunOptions["check"] = (found) => assertEquals(lockDifferences(lock, found), []);
  assertEquals((await runWith(fixture, remote, cells, check)).ran, []);
});

permitted("run() restores a lost output from the remote", async () => {
  using fixture = withRemote();
  const remote = openRemoteFolder(fixture.shared), cells = fixture.cells({ value: 3 });
  await runWith(fixture, remote);
  const { manifest } = (await fixture.assess(cells)).get("report")!;
  await Deno.remove(fixture.store.object(manifest!.outputs["value.txt"].digest));
  assertEquals((await runWith(fixture, remote)).notes, ["report: taken from the remote store"]);
});

permitted(
  "run() refuses what is damaged in the remote, computes it, and mends the remote",
  async () => {
    const damages: [
      name: string,
      damage: (files: ReturnType<typeof remoteFiles>) => void,
      RegExp,
    ][] = [
      [
        "a flipped byte",
        ({ object }) => overwrite(object, "0"),
        /\(value\.txt\) is not what its name says/,
      ],
      [
        "half an object",
        ({ object }) => overwrite(object, ""),
        /\(value\.txt\) is not what its name says/,
      ],
      ["a lost object", ({ object }) => Deno.removeSync(object), /is missing/],
      ["half a manifest", ({ manifest }) => overwrite(manifest, '{"key'), /is not the manifest/],
      [
        "another parameter",
        ({ manifest, content }) =>
          overwrite(manifest, JSON.stringify({ ...content, parameters: { value: 4 } })),
        /is not the manifest/,
      ],
      [
        "a path for a name",
        ({ manifest, content }) =>
          overwrite(
            manifest,
            JSON.stringify({ ...content, outputs: { "../x": content.outputs["value.txt"] } }),
          ),
        /is not the manifest/,
      ],
      [
        "a path for a digest",
        ({ manifest, content }) =>
          overwrite(
            manifest,
            JSON.stringify({
              ...content,
              outputs: { "value.txt": { digest: "../../x", size: 1 } },
            }),
          ),
        /is not the manifest/,
      ],
    ];
    for (const [name, damage, problem] of damages) {
      using fixture = withRemote();
      const remote = openRemoteFolder(fixture.shared), cells = fixture.cells({ value: 3 });
      await runWith(fixture, remote);
      const files = remoteFiles(fixture.shared, "parity");
      secondMachine(fixture);
      damage(files);
      const { ran, notes } = await runWith(fixture, remote);
      assertEquals(ran, ["parity"], name);
      const refused = notes.filter((note) => note.startsWith("parity: refused from the remote"));
      assertEquals(refused.length, 1, name);
      assert(problem.test(refused[0]) && refused[0].includes(fixture.shared), refused[0]);
      assertEquals(await fixture.read(cells, "report"), "parity: 1");
      secondMachine(fixture);
      assertEquals((await runWith(fixture, remote)).ran, [], `${name} is mended`);
    }
  },
);

permitted("run() never gives the remote what is damaged here", async () => {
  using fixture = withRemote();
  const remote = openRemoteFolder(fixture.shared), cells = fixture.cells({ value: 3 });
  await fixture.run(cells);
  const { manifest } = (await fixture.assess(cells)).get("report")!;
  overwrite(fixture.store.object(manifest!.outputs["value.txt"].digest), "parity: 7");
  await runWith(fixture, remote);
  assertEquals(remoteFiles(fixture.shared, "parity").content.cell, "parity");
  assertThrows(() => remoteFiles(fixture.shared, "report"), Error, "Nothing of report");
  secondMachine(fixture);
  assertEquals((await runWith(fixture, remote)).ran, ["report"]);
  assertEquals(await fixture.read(cells, "report"), "parity: 1");
});

permitted("run() goes on with one warning where the remote cannot be written or read", async () => {
  using fixture = withRemote();
  const remote = openRemoteFolder(fixture.shared);
  const denied = () => Promise.reject(new Deno.errors.PermissionDenied("Permission denied"));
  const readOnly = await runWith(fixture, { ...remote, put: denied });
  assertEquals([readOnly.ran, readOnly.notes], [ALL, [
    `Cannot write to the remote store "${fixture.shared}": Permission denied; results stay on ` +
    "this machine",
  ]]);
  secondMachine(fixture);
  const broken = await runWith(fixture, { ...remote, get: denied });
  assertEquals([broken.ran, broken.notes], [ALL, [
    `Cannot read from the remote store "${fixture.shared}": Permission denied; going on without it`,
  ]]);
});

permitted("openRemoteCache() gives up no remote that is needed", async () => {
  using fixture = withRemote();
  const remote = openRemoteFolder(fixture.shared), [cell] = fixture.cells({ value: 3 });
  await runWith(fixture, remote);
  const { manifest } = (await fixture.assess([cell])).get("number")!;
  secondMachine(fixture);
  let broken = 2;
  const denied = () => Promise.reject(new Deno.errors.PermissionDenied("Permission denied"));
  const { needed } = openRemoteCache(
    {
      ...remote,
      get: (...args) => broken-- > 0 ? denied() : remote.get(...args),
      has: (...args) => broken-- > 0 ? denied() : remote.has(...args),
    },
    fixture.store,
    () => {},
  );
  const text = `the remote store "${fixture.shared}": Permission denied`;
  for (
    const work of [() => needed.pull(cell, manifest!.key), () => needed.ensureAll([manifest!])]
  ) {
    await assertRejects(work, RemoteSilent, text);
  }
  assertEquals((await needed.pull(cell, manifest!.key))?.outputs, manifest!.outputs);
  await needed.ensureAll([manifest!]);
  const refused = remoteFailure(remote, "read", new S3Error("is denied", 403, "AccessDenied"));
  assertEquals(refused instanceof RemoteSilent, false);
});

permitted("openRemoteFolder() does not make a folder that may not be mounted", () => {
  using fixture = withRemote();
  const missing = join(fixture.root, "missing"), file = join(fixture.root, "helper.ts");
  assertThrows(
    () => openRemoteFolder(missing),
    Error,
    `Cannot use the remote store "${missing}": there is no such folder; mount it, or make it`,
  );
  assertThrows(() => openRemoteFolder(file), Error, "it is no folder");
  assertThrows(() => openRemoteFolder(join(file, "x")), Error, "Cannot use the remote store");
  assertStringIncludes(
    [...Deno.readDirSync(fixture.root)].map(({ name }) => name).join(),
    "shared",
  );
});
