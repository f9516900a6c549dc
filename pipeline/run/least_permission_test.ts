/** What a stage may not do, tried by stages. @module */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { type Fixture, makeFixture } from "../_fixture.ts";
import type { CellDeclaration, StagePermissions } from "../cells/stage.ts";
import { permitted } from "../../tests/permitted.ts";

/** A cell whose stage does one thing before it writes its output. */
function attempt(
  { write, stage }: Fixture,
  name: string,
  code: string,
  permissions?: StagePermissions,
): CellDeclaration {
  write(
    `${name}.ts`,
    `import { writeFileSync } from "node:fs";
const job = JSON.parse(Deno.readTextFileSync(Deno.args[0]));
${code};
writeFileSync(job.output + "/value.txt", "done");
console.log(JSON.stringify({ kind: "result", metrics: {}, provenance: {} }));`,
  );
  return { id: name, stage: stage(name, { permissions }), parameters: {}, inputs: [] };
}

/** What each cell failed with, by id. */
async function failures(fixture: Fixture, cells: readonly CellDeclaration[]) {
  const { events } = await fixture.run(cells, { jobs: 2 });
  return Object.fromEntries(
    events.flatMap((event) => event.kind === "failed" ? [[event.cell, event.text]] : []),
  );
}

permitted(
  "a stage fails that does what it does not declare, and is told what to declare",
  async () => {
    using fixture = makeFixture();
    fixture.write("secret.txt", "secret");
    fixture.write("undeclared.ts", "export const value = 1;");
    let connections = 0;
    await using server = Deno.serve(
      { port: 0, hostname: "127.0.0.1", onListen: () => {} },
      () => new Response(String(++connections)),
    );
    const host = `127.0.0.1:${server.addr.port}`;
    const path = (name: string) => join(fixture.root, name);
    const reads = (name: string, cell: string) =>
      `Cannot read "${path(name)}": stage "${cell}" reads only its code and what cell "${cell}" ` +
      'declares; name the cell that makes it in "inputs", or data from outside in "files"';
    const writes = (name: string, cell: string) =>
      `Cannot write "${path(name)}": stage "${cell}" writes only below job.output and job.work; ` +
      'write there, and name in "outputs" what is to be kept';
    const declare = (cell: string, permissions: string) =>
      `to allow it, declare permissions { ${permissions} } in stage "${cell}"`;
    const cases: [cell: string, code: string, text: string][] = [
      ["read", 'Deno.readTextFileSync("secret.txt")', reads("secret.txt", "read")],
      [
        "read-absolute",
        `Deno.readTextFileSync(${JSON.stringify(path("secret.txt"))})`,
        reads("secret.txt", "read-absolute"),
      ],
      [
        "read-reported",
        `try { Deno.readTextFileSync("secret.txt"); } catch (error) {
         console.log(JSON.stringify({ kind: "failure", text: error.message }));
         Deno.exit(1);
       }`,
        reads("secret.txt", "read-reported"),
      ],
      ["list", 'Deno.readDirSync("artifacts")', reads("artifacts", "list")],
      [
        "module",
        'await import(["./undeclared", "ts"].join("."))',
        reads("undeclared.ts", "module"),
      ],
      [
        "worker",
        'new Worker(new URL(["./undeclared", "ts"].join("."), import.meta.url), ' +
        '{ type: "module" }); await new Promise(() => {})',
        reads("undeclared.ts", "worker"),
      ],
      ["write", 'Deno.writeTextFileSync("secret.txt", "")', writes("secret.txt", "write")],
      [
        "write-object",
        'writeFileSync("artifacts/objects/" + "0".repeat(64), "")',
        writes(`artifacts/objects/${"0".repeat(64)}`, "write-object"),
      ],
      [
        "write-beside",
        'Deno.writeTextFileSync(job.output + "/../../../stray", "")',
        writes("artifacts/stray", "write-beside"),
      ],
      ["remove", 'Deno.removeSync("secret.txt")', writes("secret.txt", "remove")],
      [
        "link",
        'Deno.symlinkSync(Deno.cwd() + "/secret.txt", job.work + "/link")',
        'Cannot make a symbolic link: stage "link" may only write files; copy the file instead',
      ],
      [
        "net",
        `await fetch("http://${host}/")`,
        `Cannot connect to "${host}": stage "net" does not declare this host; ` +
        declare("net", `net: ["${host}"]`),
      ],
      [
        "import",
        `await import(["https://${host}", "x.ts"].join("/"))`,
        `Cannot import "https://${host}/x.ts": stage "import" may not fetch modules while it runs; ` +
        "import it by its fixed name, so that it is fetched before and counts in the key",
      ],
      [
        "run",
        'new Deno.Command("id").outputSync()',
        `Cannot run "id": stage "run" does not declare this program; ${
          declare("run", 'run: ["id"]')
        }`,
      ],
      [
        "env",
        'Deno.env.get("HOME")',
        `Cannot read the environment variable "HOME": stage "env" does not declare it; ${
          declare("env", 'env: ["HOME"]')
        }`,
      ],
      [
        "env-all",
        "Deno.env.toObject()",
        `Cannot read all environment variables: stage "env-all" does not declare them; ${
          declare("env-all", 'env: ["NAME"]')
        }`,
      ],
      [
        "sys",
        "Deno.hostname()",
        `Cannot ask the system for "hostname": stage "sys" does not declare it; ${
          declare("sys", 'sys: ["hostname"]')
        }`,
      ],
      [
        "ffi",
        'Deno.dlopen("./library.so", {})',
        `Cannot load "${path("library.so")}": stage "ffi" may not load native libraries; ${
          declare("ffi", "ffi: true")
        }`,
      ],
    ];
    const cells = cases.map(([name, code]) => attempt(fixture, name, code));
    const expected = Object.fromEntries(cases.map(([name, , text]) => [name, text]));
    assertEquals(await failures(fixture, cells), expected);
    assertEquals(await Deno.readTextFile(path("secret.txt")), "secret");
    assertEquals(connections, 0);
    assertEquals((await fixture.stale(cells)).length, cells.length);
  },
);

permitted("a stage does what it declares", async () => {
  using fixture = makeFixture();
  fixture.write("public.txt", "public");
  let connections = 0;
  await using server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    () => new Response(String(++connections)),
  );
  const host = `127.0.0.1:${server.addr.port}`;
  const cells = [
    {
      ...attempt(fixture, "file", 'Deno.readTextFileSync(job.inputs["external:text"].text)'),
      files: { "external:text": { text: join(fixture.root, "public.txt") } },
    },
    attempt(fixture, "net", `await (await fetch("http://${host}/")).text()`, { net: [host] }),
    attempt(fixture, "env", 'Deno.env.get("HOME")', { env: ["HOME"] }),
    attempt(fixture, "run", "new Deno.Command(Deno.execPath(), { args: ['-V'] }).outputSync()", {
      run: [Deno.execPath()],
    }),
    attempt(fixture, "sys", "Deno.hostname()", { sys: ["hostname"] }),
  ];
  assertEquals(await failures(fixture, cells), {});
  assertEquals(connections, 1);
});

permitted("a stage may not import by a path that is computed", async () => {
  using fixture = makeFixture();
  fixture.write("undeclared.ts", "export const value = 1;");
  for (const specifier of ['"./" + job.cell', "`./${job.cell}.ts`", '"../" + job.cell']) {
    const cell = attempt(fixture, "computed", `await import(${specifier})`);
    const error = await assertRejects(() => fixture.assess([cell]), Error);
    assert(
      error.message.startsWith(
        'Cannot read module "computed.ts": expected imports by fixed paths, found import(',
      ),
      error.message,
    );
  }
});
