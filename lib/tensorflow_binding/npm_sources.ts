/** The npm packages that the binding is compiled from, in Deno's cache. @module */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { lockFlags } from "../std/locked.ts";
import { isMissing } from "../missing.ts";
import { BINDING_PACKAGE, HEADERS_PACKAGE } from "./package.ts";

/** The repository: its deno.lock says which bytes a package has. */
const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Folders of sources and headers. */
export interface NpmSources {
  /** Root of the package with the binding. */
  readonly binding: string;
  /** Folder of Node-API's headers. */
  readonly headers: string;
}

/**
 * Fetches the packages into Deno's cache, where it verifies them against `deno.lock`, and finds them
 * there. No script of theirs is run.
 *
 * @throws {Error} If they cannot be fetched; the message ends with what Deno said
 */
export async function npmSources(): Promise<NpmSources> {
  const wanted = [BINDING_PACKAGE, HEADERS_PACKAGE];
  await cache(wanted);
  const { npmCache } = JSON.parse(await deno(["info", "--json"])) as { npmCache: string };
  const [binding, headers] = await Promise.all(wanted.map(async ({ name, version }) => {
    const places = [join(ROOT, "node_modules", name)];
    for await (const { name: registry } of Deno.readDir(npmCache)) {
      places.push(join(npmCache, registry, name, version));
    }
    for (const place of places) {
      const manifest = await Deno.readTextFile(join(place, "package.json")).catch((error) => {
        if (isMissing(error)) return "{}";
        throw error;
      });
      if (JSON.parse(manifest).version === version) return place;
    }
    throw new Error(`npm package ${name} ${version} is not in Deno's cache "${npmCache}"`);
  }));
  return { binding, headers: join(headers, "include") };
}

/**
 * Fetches the package with the kernels into Deno's cache, where the engine's process, which has no
 * network, looks for it.
 *
 * @throws {Error} If it cannot be fetched; the message ends with what Deno said
 */
export async function cacheKernels(): Promise<void> {
  await cache([BINDING_PACKAGE]);
}

async function cache(wanted: readonly { name: string; version: string }[]): Promise<void> {
  const specifiers = wanted.map(({ name, version }) => `npm:${name}@${version}`);
  await deno(["cache", "--quiet", ...lockFlags(ROOT), ...specifiers]);
}

async function deno(args: readonly string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const text = new TextDecoder();
  if (success) return text.decode(stdout);
  const said = text.decode(stderr).trim().split("\n").slice(-4).join("\n");
  throw new Error(`"deno ${args[0]}" could not fetch the npm packages:\n${said}`);
}
