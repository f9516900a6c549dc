import { assert, assertEquals, assertRejects } from "@std/assert";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { zipSync } from "fflate";
import { buildBinding } from "./build.ts";
import { bindingHome, findBinding, readRecord } from "./find.ts";
import {
  BINDING,
  BINDING_PACKAGE,
  BINDING_SOURCES,
  HEADERS,
  HEADERS_PACKAGE,
  INCLUDE_FOLDER,
  LIBRARIES,
  LIBRARY_FOLDER,
  TENSORFLOW_CPU,
  TENSORFLOW_GPU,
  type TensorflowPackage,
} from "./package.ts";
import type { BuildOptions } from "./options.ts";
import { permitted } from "../../tests/permitted.ts";

const text = (words: string) => new TextEncoder().encode(words);
const members = Object.fromEntries([
  ...LIBRARIES.map((name) => [`${LIBRARY_FOLDER}/${name}`, text(`library ${name}`)]),
  ...HEADERS.map((name) => [`${INCLUDE_FOLDER}/${name}`, text(`header ${name}`)]),
  ["tensorflow/other.so", text("not wanted")],
]);
const wheel = zipSync(members);
const fake: TensorflowPackage = {
  ...TENSORFLOW_CPU,
  name: "fake",
  version: "1.0",
  bytes: wheel.length,
  sha256: createHash("sha256").update(wheel).digest("hex"),
  space: 1000,
  targets: [Deno.build.target],
};

/** A pip that copies `fake.whl` to the folder it is told. */
const PIP = `#!/bin/sh
here="$(dirname "$0")"
if [ "$1" = --version ]; then echo "pip 99"; exit 0; fi
echo "$@" >> "$here/calls"
if [ "$1" = install ]; then exit 0; fi
if [ -e "$here/offline" ]; then echo "ERROR: Could not find a version" >&2; exit 1; fi
if [ -e "$here/full" ]; then echo "OSError: [Errno 28] No space left on device" >&2; exit 1; fi
mkdir -p "$4" && cp "$here/fake.whl" "$4/fake-1.0.whl"
`;

/** A compiler that writes what it was given to its output, if all of it is there. */
const COMPILER = `#!/bin/sh
if [ "$1" = --version ]; then echo "fake++ 1.0"; exit 0; fi
if [ -e "$(dirname "$0")/wrong" ]; then echo "tfjs_backend.cc:1: error: no" >&2; exit 1; fi
for word in "$@"; do
  case "$word" in
    *.cc) cat "$word" || exit 1 ;;
    -L*) cat "\${word#-L}/${LIBRARIES[1]}" || exit 1 ;;
    -I*/include) cat "\${word#-I}/${HEADERS[0]}" || exit 1 ;;
  esac
  last="$word"
done > "$(dirname "$0")/compiled"
cp "$(dirname "$0")/compiled" "$last"
`;

interface Place {
  readonly root: string;
  readonly folder: string;
  readonly options: BuildOptions;
  readonly touch: (name: string) => Promise<void>;
}

/** A fresh folder with fakes of everything that a build calls. */
async function withFakes(use: (place: Place) => Promise<void>): Promise<void> {
  const root = await Deno.makeTempDir(), folder = join(root, "engines");
  try {
    await Deno.writeTextFile(join(root, "pip"), PIP, { mode: 0o755 });
    await Deno.writeTextFile(join(root, "c++"), COMPILER, { mode: 0o755 });
    await Deno.writeFile(join(root, "fake.whl"), wheel);
    await Deno.mkdir(join(root, "npm", "binding"), { recursive: true });
    for (const name of BINDING_SOURCES) {
      await Deno.writeTextFile(join(root, "npm", "binding", name), `source ${name}\n`);
    }
    const options: BuildOptions = {
      folder,
      package: fake,
      pip: [[join(root, "pip")]],
      compilers: [join(root, "c++")],
      sources: () =>
        Promise.resolve({ binding: join(root, "npm"), headers: join(root, "node-api") }),
      check: () => Promise.resolve({ tensorflow: "1.0", gpu: false, deno: "2" }),
    };
    const touch = (name: string) => Deno.writeTextFile(join(root, name), "");
    await use({ root, folder, options, touch });
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

const names = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();

permitted(
  "buildBinding() compiles against the wheel, records what it used, and does it once",
  async () => {
    await withFakes(async ({ root, folder, options }) => {
      const steps: string[] = [];
      const { path, built } = await buildBinding({
        ...options,
        onProgress: ({ step, bytes, total }) => {
          if (!steps.includes(step)) steps.push(step);
          if (total !== undefined) assert(bytes! <= total);
        },
      });
      assert(built);
      assertEquals(steps, [
        "Fetching the sources of @tensorflow/tfjs-node-gpu",
        "Fetching fake 1.0",
        "Unpacking its libraries and headers",
        "Compiling the binding with fake++ 1.0",
        "Checking it in a process of its own",
      ]);
      assertEquals(
        await Deno.readTextFile(path),
        `header ${HEADERS[0]}source tfjs_backend.cc\nsource tfjs_binding.cc\nlibrary ${
          LIBRARIES[1]
        }`,
      );
      assertEquals(names(folder), ["tensorflow-1.0"]);
      assertEquals(names(join(folder, "tensorflow-1.0")), ["installed.json", LIBRARY_FOLDER]);
      assertEquals(
        names(join(folder, "tensorflow-1.0", LIBRARY_FOLDER)),
        [...LIBRARIES, BINDING].sort(),
      );
      const record = await readRecord(bindingHome(folder, fake));
      assertEquals(record?.wheels, { fake: { version: "1.0", sha256: fake.sha256 } });
      assertEquals([record?.compiler, record?.verified.tensorflow], ["fake++ 1.0", "1.0"]);
      assertEquals(Object.keys(record!.files).length, 3);

      assertEquals(await buildBinding({ ...options, pip: [] }), { path, built: false });
      const calls = (await Deno.readTextFile(join(root, "calls"))).trim().split("\n");
      assertEquals(calls.length, 1);
      assert(calls[0].endsWith(" fake==1.0"), calls[0]);
      assert(calls[0].includes(" --python-version=311 "), calls[0]);
    });
  },
);

permitted("buildBinding() keeps files that were touched and replaces a damaged build", async () => {
  await withFakes(async ({ folder, options }) => {
    const { path } = await buildBinding(options), bytes = await Deno.readFile(path);
    await Deno.utime(path, new Date(0), new Date(0));
    assertEquals(await buildBinding(options), { path, built: false });
    await Deno.writeFile(path, bytes.map((byte) => byte ^ 1));
    assertEquals(await findBinding({ folder, packages: [fake] }), undefined);
    assertEquals(await buildBinding(options), { path, built: true });
    assertEquals(await Deno.readFile(path), bytes);
    await Deno.remove(join(path, "..", LIBRARIES[0]));
    assertEquals(await findBinding({ folder, packages: [fake] }), undefined);
    const other = { ...fake, sha256: "0".repeat(64) };
    await buildBinding(options);
    assertEquals(await findBinding({ folder, packages: [other] }), undefined);
  });
});

permitted("buildBinding() replaces a build that is intact and does not work", async () => {
  await withFakes(async ({ folder, options }) => {
    const { path } = await buildBinding(options);
    let checks = 0;
    const check = () =>
      checks++ === 0
        ? Promise.reject(new Error("it needs another glibc"))
        : Promise.resolve({ tensorflow: "1.0", gpu: true, deno: "3" });
    assertEquals(await buildBinding({ ...options, check }), { path, built: true });
    assertEquals((await readRecord(bindingHome(folder, fake)))?.verified.deno, "3");
  });
});

permitted(
  "buildBinding() removes what a build left that was ended by force, but no other's",
  async () => {
    await withFakes(async ({ folder, options }) => {
      for (const [name, age] of [["old", 7_200_000], ["new", 1_000]] as const) {
        const path = join(folder, `.building-${name}`);
        await Deno.mkdir(path, { recursive: true });
        await Deno.utime(path, new Date(), new Date(Date.now() - age));
      }
      await buildBinding(options);
      assertEquals(names(folder), [".building-new", "tensorflow-1.0"]);
    });
  },
);

const failing = () => Promise.reject(new Error("the check of what was built ended with SIGSEGV"));
const cases: [string, Partial<BuildOptions>, string | undefined, string][] = [
  [
    "no compiler",
    { compilers: ["/nowhere/g++"] },
    undefined,
    'no C++ compiler was found (tried /nowhere/g++); install one, for example with "apt-get',
  ],
  ["no pip", { pip: [["/nowhere/pip"]] }, undefined, "no pip was found; install one"],
  [
    "another platform",
    { target: "aarch64-apple-darwin" },
    undefined,
    `it is built for ${Deno.build.target}, this is aarch64-apple-darwin\nWays out:`,
  ],
  ["too little space", { free: 999 }, undefined, "are free in "],
  ["no network", {}, "offline", "ended with code 1:\nERROR: Could not find a version"],
  ["a disk that fills up", {}, "full", "No space left on device; free 0.0 GB, or pass --store"],
  [
    "a wheel of another digest",
    { package: { ...fake, sha256: "0".repeat(64) } },
    undefined,
    `is ${fake.sha256}, expected 0000`,
  ],
  ["a compiler that fails", {}, "wrong", "(fake++ 1.0) failed:\ntfjs_backend.cc:1: error: no"],
  ["a binding that crashes", { check: failing }, undefined, "ended with SIGSEGV"],
];
for (const [criterion, options, file, message] of cases) {
  permitted(`buildBinding() with ${criterion} says what to do and leaves nothing`, async () => {
    await withFakes(async (place) => {
      await Deno.mkdir(place.folder);
      if (file !== undefined) await place.touch(file);
      const error = await assertRejects(
        () => buildBinding({ ...place.options, ...options }),
        Error,
        message,
      );
      const start = 'Cannot build the engine "tensorflow" from fake 1.0: ';
      assert(error.message.startsWith(start), error.message);
      assert(error.message.includes(`copy the folder to "${place.folder}/tensorflow-1.0"`));
      assertEquals(names(place.folder), []);
    });
  });
}

permitted("buildBinding() refuses a binding that cannot be loaded", async () => {
  await withFakes(async ({ folder, options }) => {
    const { check: _, ...real } = options;
    const error = await assertRejects(
      () => buildBinding(real),
      Error,
      "the check of what was built",
    );
    assert(error.message.includes("Cannot load the TensorFlow binding"), error.message);
    assertEquals(names(folder), []);
  });
});

permitted(
  "findBinding() takes a given binding, and one for a GPU before one for CPUs",
  async () => {
    await withFakes(async ({ root, folder, options }) => {
      const gpu = { ...fake, name: "fake-gpu", cuda: [{ name: "c", version: "1", sha256: "0" }] };
      assertEquals(bindingHome("engines", TENSORFLOW_CPU), "engines/tensorflow-2.21.0");
      assertEquals(bindingHome("engines", TENSORFLOW_GPU), "engines/tensorflow-2.21.0-gpu");
      const { path } = await buildBinding(options);
      const packages = [gpu, fake];
      assertEquals(await findBinding({ folder, packages }), path);
      const { path: better } = await buildBinding({ ...options, package: gpu });
      assertEquals(await findBinding({ folder, packages }), better);
      const install = (await Deno.readTextFile(join(root, "calls"))).trim().split("\n").at(-1)!;
      assert(/install .*--no-deps --require-hashes --target \S+ready /.test(install), install);
      assertEquals(await findBinding({ folder, packages, binding: path }), path);
      await assertRejects(
        () => findBinding({ folder, binding: join(folder, "none.node") }),
        Error,
        'there is no such file; expected the path of a tfjs_binding.node; run "deno task engine:',
      );
    });
  },
);

permitted(
  "the pinned npm packages are those of the import map, which deno.lock has digests of",
  async () => {
    const root = new URL("../../", import.meta.url);
    const { imports } = JSON.parse(await Deno.readTextFile(new URL("import_map.json", root)));
    const { npm } = JSON.parse(await Deno.readTextFile(new URL("deno.lock", root)));
    for (const { name, version } of [BINDING_PACKAGE, HEADERS_PACKAGE]) {
      assertEquals(imports[name], `npm:${name}@${version}`);
      assert(npm[`${name}@${version}`].integrity.startsWith("sha512-"));
    }
  },
);
