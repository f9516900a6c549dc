import { assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { readProfile } from "../../pipeline/profile/profile.ts";
import { openStore } from "../../pipeline/store/store.ts";
import { table1 } from "../../pipeline/table1.ts";
import { permitted } from "../../tests/permitted.ts";
import { UsageError } from "./flags.ts";
import { openRemote } from "./remote.ts";
import { readOptions } from "./options.ts";

const demo = () =>
  Deno.readTextFileSync(new URL("../../pipeline/profiles/demo.yaml", import.meta.url));

permitted("openRemote() takes the option before the environment before the profile", async () => {
  const folder = Deno.makeTempDirSync({ prefix: "remote_" }), store = openStore(folder);
  const before = Deno.env.get("SMOOTHNESS_REMOTE");
  /** What is opened: folders that are not there say which they would be. */
  const opened = async (option?: string, environment?: string, profile?: string) => {
    const notes: string[] = [];
    if (environment === undefined) Deno.env.delete("SMOOTHNESS_REMOTE");
    else Deno.env.set("SMOOTHNESS_REMOTE", join(folder, environment));
    const args = option === undefined ? [] : ["--remote", join(folder, option)];
    const options = readOptions(args, false, { values: ["remote"] });
    const named = profile === undefined ? {} : { remote: join(folder, profile) };
    await openRemote(options, store, (event) => {
      if (event.kind === "note") notes.push(event.text);
    }, named);
    return notes.map((text) => /"(.*?)"/.exec(text)![1].slice(folder.length + 1)).join();
  };
  try {
    assertEquals(await opened("a", "b", "c"), "a");
    assertEquals(await opened(undefined, "b", "c"), "b");
    assertEquals(await opened(undefined, undefined, "c"), "c");
    assertEquals(await opened(), "");
    const options = readOptions(["--remote", "s3://AKIA:x@bucket"], false, { values: ["remote"] });
    await assertRejects(
      () => openRemote(options, store, () => {}),
      UsageError,
      'Cannot use the remote store "s3://…@bucket": keys do not belong into an URL',
    );
    const web = readOptions(["--remote", "https://me:x@host/b"], false, { values: ["remote"] });
    await assertRejects(
      () => openRemote(web, store, () => {}),
      UsageError,
      'Cannot use the remote store "https://…": expected a folder or s3://bucket/prefix',
    );
  } finally {
    if (before === undefined) Deno.env.delete("SMOOTHNESS_REMOTE");
    else Deno.env.set("SMOOTHNESS_REMOTE", before);
    Deno.removeSync(folder, { recursive: true });
  }
});

permitted("a profile's remote counts in no cell", () => {
  const cells = (yaml: string) => table1(readProfile("demo", yaml), {});
  const declared = (yaml: string) =>
    cells(yaml).map(({ id, parameters, seed, inputs }) => ({ id, parameters, seed, inputs }));
  assertEquals(declared(`${demo()}\nremote: s3://bucket/p\n`), declared(demo()));
});
