/** What commands print with `--json`, held against the table in `docs/commands.md`. @module */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "node:path";
import { ROOT } from "./common/context.ts";
import { permitted } from "../tests/permitted.ts";

/** Fields of each kind of line, by command; those in brackets may be absent. */
function documented(): Map<string, { required: string[]; optional: string[] }> {
  const kinds = new Map<string, { required: string[]; optional: string[] }>();
  const text = Deno.readTextFileSync(join(ROOT, "docs/commands.md"));
  let commands: string[] = [];
  for (const line of text.split("\n").filter((line) => line.startsWith("|"))) {
    const [, first, kind, fields] = line.split("|").map((cell) => cell.trim());
    const names = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name);
    if (names(kind).length === 0) continue;
    if (first !== "") commands = first === "all" ? ["all"] : names(first);
    const optional = names([...fields.matchAll(/\[([^\]]*)\]/g)].map(([, cell]) => cell).join());
    const required = names(fields).filter((name) => !optional.includes(name));
    for (const command of commands) {
      for (const name of names(kind)) kinds.set(`${command} ${name}`, { required, optional });
    }
  }
  return kinds;
}

/** All names in a value, at any depth. */
function keysOf(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, part]) => [
    ...Array.isArray(value) ? [] : [key],
    ...keysOf(part),
  ]);
}

permitted("every line of --json has the fields that its kind is documented with", async (t) => {
  const folder = await Deno.makeTempDir({ prefix: "json_" }), store = join(folder, "store");
  const kinds = documented(), seen = new Set<string>();
  const command = async (name: string, code: number, ...args: string[]) => {
    const [task, ...sub] = name.split(" ");
    const output = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", `cli/${task}.ts`, ...sub, ...args],
      cwd: ROOT,
      env: { SMOOTHNESS_STORE: store, INIT_CWD: folder, NO_COLOR: "1", CIFAR10_DIR: "" },
    }).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    assertEquals([output.code, text(output.stderr)], [code, ""], text(output.stdout));
    const lines = text(output.stdout).split("\n");
    assertEquals(lines.pop(), "");
    assert(lines.length > 0);
    for (const line of lines) {
      const { kind, time, ...rest } = JSON.parse(line);
      assertEquals(Object.keys(JSON.parse(line)).slice(0, 2), ["kind", "time"], line);
      // cells, files and attacks are named as elsewhere
      for (const key of keysOf(rest)) assert(!/[a-z][A-Z]/.test(key), `${key} in ${line}`);
      assertMatch(time, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
      const id = kind === "error" ? "all error" : `${name} ${kind}`, known = kinds.get(id);
      assert(known !== undefined, `${id} is not documented`);
      const fields = Object.keys(rest).filter((field) => !known.optional.includes(field));
      assertEquals(fields.sort(), [...known.required].sort(), line);
      seen.add(id);
    }
  };
  const cases: [name: string, code: number, ...args: string[]][] = [
    ["stage", 0, "fetch:cifar10"],
    ["stage", 0, "fetch:cifar10"],
    ["stage", 2, "train:igr:gelo"],
    ["plan", 0],
    ["status", 0],
    ["why", 0, "fetch:cifar10", "train:igr:gelu"],
    ["graph", 0],
    ["graph", 0, "--svg", "graph.svg"],
    ["verify", 0, "fetch:cifar10"],
    ["adopt", 1, "train:igr:gelu"],
    ["adopt", 0, "--all", "--dry-run"],
    ["trace", 1, "table1.igr.gelu.clean"],
    ["report", 1],
    ["paper", 1],
    ["lock", 1, "--update", "--lockfile", "a.lock.yaml"],
    ["diff", 0, "b.lock.yaml", "c.lock.yaml"],
    ["diff", 1, "demo", "b.lock.yaml"],
    ["fsck", 1],
    ["gc", 0],
    ["gc", 0, "--pin", "fetch:cifar10"],
    ["du", 0],
    ["bundle export", 0, "train:igr:gelu", "--out", "bundle"],
    ["bundle import", 1, "bundle"],
    ["gc", 0, "--forget", "demo"],
    ["plan", 2, "--profile", "papr"],
    ["doctor", 1, "--plugin", join(ROOT, "deno.json")],
  ];
  try {
    await Deno.mkdir(join(store, "objects"), { recursive: true });
    await Deno.writeTextFile(join(store, "objects", "mine"), "");
    const attack = (row: string) =>
      `attack:pgd50:${row}: {key: "${"0".repeat(64)}", outputs: {}, ` +
      "metrics: {images: 8, clean_accuracy: 0.5, robust_accuracy: 0.25}}";
    for (const [name, ...rows] of [["b", "igr:relu", "igr:gelu"], ["c", "igr:relu"]]) {
      const text = `profile: demo\ncells: {${rows.map(attack).join(", ")}}\n`;
      await Deno.writeTextFile(join(folder, `${name}.lock.yaml`), text);
    }
    for (const [name, code, ...args] of cases) {
      await t.step([name, ...args].join(" "), () => command(name, code, "--json", ...args));
    }
    for (
      const name of [
        "stage plan",
        "stage finished",
        "adopt tried",
        "diff difference",
        "diff only",
        "fsck finding",
        "gc need",
        "du need",
      ]
    ) {
      assert(seen.has(name), name);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
