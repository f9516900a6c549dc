import { assert, assertEquals, assertRejects } from "@std/assert";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { zipSync } from "fflate";
import { ensurePlugin, findPlugin, PLUGIN_VARIABLE, type PluginPackage } from "./mod.ts";
import { permitted } from "../../tests/permitted.ts";

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const library = Uint8Array.from({ length: 200_000 }, (_, i) => (i * i) % 253);
const wheel = zipSync({
  "fake/__init__.py": new Uint8Array([35]),
  "fake/plugin.so": library,
  "fake-1.0.dist-info/RECORD": new Uint8Array(10),
});
const fake: PluginPackage = {
  name: "fake",
  version: "1.0",
  wheel: { bytes: wheel.length, sha256: sha256(wheel) },
  plugin: { member: "fake/plugin.so", bytes: library.length, sha256: sha256(library) },
  targets: [Deno.build.target],
};

/** A pip that copies `wheel` to the folder it is told, after noting how it was called. */
const script = `#!/bin/sh
if [ "$1" = --version ]; then echo "pip 99"; exit 0; fi
echo "$@" >> "$(dirname "$0")/calls"
if [ -e "$(dirname "$0")/broken" ]; then echo "ERROR: No matching distribution" >&2; exit 1; fi
mkdir -p "$4" && cp "$(dirname "$0")/fake.whl" "$4/fake-1.0-py3-none-any.whl"
`;

interface Place {
  readonly root: string;
  readonly folder: string;
  readonly pip: string[][];
  readonly calls: () => string[];
}

/** A fresh folder with a fake pip that delivers `bytes`, and no plugin named in the environment. */
async function withPip(bytes: Uint8Array, use: (place: Place) => Promise<void>): Promise<void> {
  const named = Deno.env.get(PLUGIN_VARIABLE);
  Deno.env.delete(PLUGIN_VARIABLE);
  const root = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(join(root, "pip"), script, { mode: 0o755 });
    await Deno.writeFile(join(root, "fake.whl"), bytes);
    const calls = () => {
      try {
        return Deno.readTextFileSync(join(root, "calls")).trim().split("\n");
      } catch {
        return [];
      }
    };
    const pip = [[join(root, "no-such-python"), "-m", "pip"], [join(root, "pip")]];
    await use({ root, folder: join(root, "plugins"), pip, calls });
  } finally {
    await Deno.remove(root, { recursive: true });
    if (named !== undefined) Deno.env.set(PLUGIN_VARIABLE, named);
  }
}

const names = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name);

permitted("ensurePlugin() fetches with pip's own configuration, once", async () => {
  await withPip(wheel, async ({ folder, pip, calls }) => {
    assertEquals(await findPlugin({ folder, package: fake }), undefined);
    const progress: number[] = [];
    const path = await ensurePlugin({
      folder,
      pip,
      package: fake,
      onProgress: (bytes, total) => {
        progress.push(bytes);
        assertEquals(total, wheel.length);
      },
    });
    assertEquals(await Deno.readFile(path), library);
    assertEquals(progress.at(-1), wheel.length);
    assertEquals(names(folder), ["fake-1.0"]);
    assertEquals(await ensurePlugin({ folder, pip: [], package: fake }), path);
    assertEquals(calls().length, 1);
    assert(/^download --no-deps -d \S+ fake==1\.0$/.test(calls()[0]), calls()[0]);
  });
});

permitted("ensurePlugin() replaces an installed file that was damaged", async () => {
  await withPip(wheel, async ({ folder, pip, calls }) => {
    const path = await ensurePlugin({ folder, pip, package: fake });
    await Deno.writeFile(path, library.map((byte) => byte ^ 1));
    await Deno.utime(path, new Date(0), new Date(0));
    assertEquals(await ensurePlugin({ folder, pip, package: fake }), path);
    assertEquals(await Deno.readFile(path), library);
    assertEquals(calls().length, 2);
    assertEquals(names(folder), ["fake-1.0"]);
  });
});

permitted("ensurePlugin() keeps an installed file that was only touched", async () => {
  await withPip(wheel, async ({ folder, pip, calls }) => {
    const path = await ensurePlugin({ folder, pip, package: fake });
    await Deno.utime(path, new Date(0), new Date(0));
    assertEquals(await ensurePlugin({ folder, pip, package: fake }), path);
    assertEquals(calls().length, 1);
  });
});

permitted(
  "ensurePlugin() takes a given plugin first, then the one the environment names",
  async () => {
    await withPip(wheel, async ({ root, folder }) => {
      const given = join(root, "given.so"), named = join(root, "named.so");
      await Deno.writeFile(given, library);
      await Deno.writeFile(named, library);
      Deno.env.set(PLUGIN_VARIABLE, named);
      try {
        assertEquals(await ensurePlugin({ folder }), await Deno.realPath(named));
        assertEquals(await ensurePlugin({ folder, plugin: given }), await Deno.realPath(given));
        await assertRejects(
          () => ensurePlugin({ folder, plugin: "/nowhere.so" }),
          Error,
          'Cannot load the PJRT plugin "/nowhere.so" given by --plugin: there is no such file',
        );
        Deno.env.set(PLUGIN_VARIABLE, "/nor/here.so");
        await assertRejects(
          () => ensurePlugin({ folder }),
          Error,
          `Cannot load the PJRT plugin "/nor/here.so" given by ${PLUGIN_VARIABLE}`,
        );
      } finally {
        Deno.env.delete(PLUGIN_VARIABLE);
      }
    });
  },
);

const altered = wheel.slice();
altered[40] ^= 1;
const unlike = { ...fake, plugin: { ...fake.plugin, sha256: "0".repeat(64) } };
const lacking = { ...fake, plugin: { ...fake.plugin, member: "fake/other.so" } };
const cases: [string, Uint8Array, Parameters<typeof ensurePlugin>[0] | object, string][] = [
  ["a wheel of another digest", altered, {}, `is ${sha256(altered)}, expected ${sha256(wheel)}`],
  ["a plugin of another digest", wheel, { package: unlike }, `is ${sha256(library)}, expected 000`],
  ["a wheel without the plugin", wheel, { package: lacking }, 'no complete member "fake/other.so"'],
  ["no pip", wheel, { pip: [["/nowhere/pip"]] }, 'no pip was found (tried "/nowhere/pip")'],
  [
    "an unsupported platform",
    wheel,
    { target: "aarch64-apple-darwin" },
    `it is built for ${Deno.build.target}, this is aarch64-apple-darwin`,
  ],
];
for (const [criterion, bytes, options, message] of cases) {
  permitted(`ensurePlugin() with ${criterion} says the ways out and leaves nothing`, async () => {
    await withPip(bytes, async ({ folder, pip }) => {
      await Deno.mkdir(folder);
      const error = await assertRejects(
        () => ensurePlugin({ folder, pip, package: fake, ...options }),
        Error,
        message,
      );
      assert(error.message.startsWith("Cannot fetch the PJRT plugin fake 1.0: "), error.message);
      for (const way of ["--plugin", PLUGIN_VARIABLE, "--engine cpu", "pip download --no-deps"]) {
        assert(error.message.includes(way), `"${way}" is missing in: ${error.message}`);
      }
      assertEquals(names(folder), []);
    });
  });
}

permitted("ensurePlugin() shows what a failing pip said", async () => {
  await withPip(wheel, async ({ root, folder, pip }) => {
    await Deno.writeTextFile(join(root, "broken"), "");
    await assertRejects(
      () => ensurePlugin({ folder, pip, package: fake }),
      Error,
      'download" ended with code 1:\nERROR: No matching distribution\nWays out:',
    );
  });
});
