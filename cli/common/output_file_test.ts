import { assertEquals, assertThrows } from "@std/assert";
import { join } from "node:path";
import { UsageError } from "./options.ts";
import { openOutputFile } from "./output_file.ts";
import { permitted } from "../../tests/permitted.ts";

permitted("openOutputFile() replaces nothing that the command did not write", () => {
  const folder = Deno.makeTempDirSync({ prefix: "output_" });
  const open = (name: string) =>
    openOutputFile("the graph", name, join(folder, name), (text) => text.startsWith("<svg "));
  try {
    open("new.svg").write("<svg 1>");
    open("new.svg").write("<svg 2>");
    assertEquals(Deno.readTextFileSync(join(folder, "new.svg")), "<svg 2>");
    Deno.writeTextFileSync(join(folder, "empty"), "");
    open("empty").write("<svg 3>");
    Deno.symlinkSync(join(folder, "new.svg"), join(folder, "link"));
    open("link").write("<svg 4>");
    assertEquals(Deno.lstatSync(join(folder, "link")).isSymlink, true);
    assertEquals(Deno.readTextFileSync(join(folder, "new.svg")), "<svg 4>");
    Deno.writeTextFileSync(join(folder, "thesis.tex"), "precious");
    assertThrows(
      () => open("thesis.tex"),
      UsageError,
      'Cannot write the graph to "thesis.tex": this command did not write the file that is there; ' +
        "name another file",
    );
    assertThrows(() => open("."), UsageError, "it is a folder; expected a file");
    assertEquals(Deno.readTextFileSync(join(folder, "thesis.tex")), "precious");
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

permitted("openOutputFile() writes into a pipe or a device and leaves it what it is", async () => {
  const folder = Deno.makeTempDirSync({ prefix: "output_" }), pipe = join(folder, "pipe");
  try {
    const made = await new Deno.Command("mkfifo", { args: [pipe] }).output();
    assertEquals(made.success, true);
    const reader = new Deno.Command("cat", { args: [pipe], stdout: "piped" }).spawn();
    openOutputFile("the graph", "pipe", pipe, () => false).write("<svg 1>");
    assertEquals(new TextDecoder().decode((await reader.output()).stdout), "<svg 1>");
    assertEquals(Deno.lstatSync(pipe).isFifo, true);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});
