import { assert, assertEquals, assertRejects } from "@std/assert";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { download } from "./download.ts";
import { permitted } from "../../tests/permitted.ts";

const content = Uint8Array.from({ length: 300_000 }, (_, i) => (i * i) % 251);
const sha1 = createHash("sha1").update(content).digest("hex");
const md5 = createHash("md5").update(content).digest("hex");

/** Serves with `handler` on this machine and gives a fresh folder. */
async function withServer(
  handler: (request: Request) => Response | Promise<Response>,
  use: (url: string, folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, handler);
  try {
    await use(`http://127.0.0.1:${server.addr.port}/set.tar.gz`, folder);
  } finally {
    await server.shutdown();
    await Deno.remove(folder, { recursive: true });
  }
}

/** A body that promises the rest of the content from `begin`, and breaks off at `end`. */
function brokenOff(begin: number, end: number): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(content.slice(begin, end));
    },
    pull(controller) {
      // Fewer bytes than "content-length" promises: the server cuts the connection.
      controller.close();
    },
  });
}

const names = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name);

permitted("download() fetches, verifies and reports progress", async () => {
  await withServer(() => new Response(content), async (url, folder) => {
    const seen: number[] = [];
    const path = await download({ url, digests: { md5, sha1 } }, folder, {
      onProgress: (bytes, total) => {
        seen.push(bytes);
        assertEquals(total, content.length);
      },
    });
    assertEquals(path, join(folder, "set.tar.gz"));
    assertEquals(await Deno.readFile(path), content);
    assertEquals(seen.at(-1), content.length);
    assertEquals(names(folder), ["set.tar.gz"]);
  });
});

permitted("download() goes on with Range where a transfer was cut", async () => {
  const asked: (string | null)[] = [];
  await withServer((request) => {
    const range = request.headers.get("range");
    asked.push(range);
    const begin = Number(/\d+/.exec(range ?? "0")![0]);
    const headers: Record<string, string> = { "content-length": `${content.length - begin}` };
    if (range) headers["content-range"] = `bytes ${begin}-${content.length - 1}/${content.length}`;
    const body = asked.length < 3 ? brokenOff(begin, begin + 100_000) : content.slice(begin);
    return new Response(body, { status: range ? 206 : 200, headers });
  }, async (url, folder) => {
    const path = await download({ url, digests: { sha1 } }, folder, { delay: 1 });
    assertEquals(await Deno.readFile(path), content);
    assertEquals(asked[0], null);
    assertEquals(asked.length, 3);
    assert(Number(/\d+/.exec(asked[2]!)![0]) > 0, `asked for ${asked}`);
  });
});

permitted("download() keeps what arrived when it gives up, and a later call ends it", async () => {
  let broken = true;
  await withServer((request) => {
    const range = request.headers.get("range");
    const begin = Number(/\d+/.exec(range ?? "0")![0]);
    if (broken) {
      return new Response(brokenOff(begin, begin + 50_000), {
        status: range ? 206 : 200,
        headers: {
          "content-length": `${content.length - begin}`,
          ...range ? { "content-range": `bytes ${begin}-299999/300000` } : {},
        },
      });
    }
    return new Response(content.slice(begin), {
      status: 206,
      headers: { "content-range": `bytes ${begin}-299999/300000` },
    });
  }, async (url, folder) => {
    const file = { url, digests: { sha1 } };
    await assertRejects(
      () => download(file, folder, { retries: 0 }),
      Error,
      "are kept, run the same command to go on from there",
    );
    assertEquals(names(folder), ["set.tar.gz.partial"]);
    broken = false;
    assertEquals(await Deno.readFile(await download(file, folder, { retries: 0 })), content);
  });
});

permitted("download() starts over where the server knows no Range", async () => {
  await withServer(() => new Response(content), async (url, folder) => {
    await Deno.writeFile(join(folder, "set.tar.gz.partial"), new Uint8Array(77));
    const path = await download({ url, digests: { sha1 } }, folder);
    assertEquals(await Deno.readFile(path), content);
  });
});

/** Sends the content from `begin` to `end` and then nothing, until the client hangs up. */
function fallenSilent(begin: number, end: number): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(content.slice(begin, end));
    },
  });
}

permitted("download() goes on where a server fell silent within its answer", async () => {
  const asked: number[] = [], problems: string[] = [];
  await withServer((request) => {
    const range = request.headers.get("range");
    const begin = Number(/\d+/.exec(range ?? "0")![0]);
    asked.push(begin);
    const headers: Record<string, string> = { "content-length": `${content.length - begin}` };
    if (range) headers["content-range"] = `bytes ${begin}-${content.length - 1}/${content.length}`;
    const body = begin === 0 ? fallenSilent(0, 100_000) : content.slice(begin);
    return new Response(body, { status: range ? 206 : 200, headers });
  }, async (url, folder) => {
    const path = await download({ url, digests: { sha1 } }, folder, {
      ...{ delay: 1, silence: 500, retries: 20 },
      onRetry: (problem) => problems.push(problem),
    });
    assertEquals(await Deno.readFile(path), content);
    assert(asked.at(-1)! > 0, `asked for ${asked}`);
    assertEquals(new Set(problems), new Set(["the server has sent nothing for 0.5 s"]));
  });
});

permitted(
  "download() asks again where a server does not answer, and says so in the end",
  async () => {
    const hangUp = Promise.withResolvers<Response>();
    let asked = 0;
    await withServer(() => (asked++, hangUp.promise), async (url, folder) => {
      const options = { delay: 1, silence: 200, retries: 1 };
      await assertRejects(
        () => download({ url, digests: { sha1 } }, folder, options),
        Error,
        `Cannot download "${url}": the server has sent nothing for 0.2 s; nothing has arrived`,
      );
      assertEquals(asked, 2);
      assertEquals(names(folder), []);
      hangUp.resolve(new Response());
    });
  },
);

const wrong: [criterion: string, body: Uint8Array<ArrayBuffer>][] = [
  ["a shortened file", content.slice(0, 1000)],
  ["another file", content.map((byte) => byte ^ 1)],
];
for (const [criterion, body] of wrong) {
  permitted(`download() refuses ${criterion} and leaves nothing behind`, async () => {
    await withServer(() => new Response(body), async (url, folder) => {
      const error = await assertRejects(() => download({ url, digests: { md5 } }, folder));
      assert(error.message.includes(`(${body.length} bytes), expected ${md5}`), error.message);
      assertEquals(names(folder), []);
    });
  });
}

permitted("download() does not ask again for what is not there", async () => {
  let asked = 0;
  await withServer(() => (asked++, new Response("", { status: 404 })), async (url, folder) => {
    await assertRejects(
      () => download({ url, digests: { sha1 } }, folder),
      Error,
      "the server answers 404 Not Found; nothing has arrived",
    );
    assertEquals(names(folder), []);
    assertEquals(asked, 1);
  });
});
