import { assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { downloadWheel } from "./pip.ts";
import { permitted } from "../../tests/permitted.ts";

permitted("downloadWheel() ends a pip that does nothing", async () => {
  const root = await Deno.makeTempDir();
  try {
    const pip = join(root, "pip"), folder = join(root, "folder");
    // it answers, begins a file, and then waits for something that does not come
    const script = `#!/bin/sh
if [ "$1" = --version ]; then exit 0; fi
echo $$ > "${join(root, "pid")}"
echo half > "$TMPDIR/partial"
exec sleep 1000000
`;
    await Deno.writeTextFile(pip, script, { mode: 0o755 });
    await Deno.mkdir(folder);
    const seen: number[] = [];
    await assertRejects(
      () =>
        downloadWheel("fake==1.0", folder, {
          ...{ commands: [[pip]], silence: 600 },
          onProgress: (bytes) => seen.push(bytes),
        }),
      Error,
      `"${pip} download" has done nothing for 0.6 s; check the network and run again`,
    );
    assertEquals(seen.at(-1), 5);
    const pid = (await Deno.readTextFile(join(root, "pid"))).trim();
    await assertRejects(() => Deno.stat(`/proc/${pid}/exe`), Deno.errors.NotFound);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});
