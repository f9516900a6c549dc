import { assertEquals, assertRejects } from "@std/assert";
import { permitted } from "../../../tests/permitted.ts";
import type { Digest } from "../../store/digest.ts";
import { removeIfPresent } from "../../store/files.ts";
import type { Remote, RemoteName } from "../remote.ts";
import { openS3 } from "./s3.ts";
import { s3Settings } from "./settings.ts";

const KEYS: Readonly<Record<string, string>> = {
  AWS_ACCESS_KEY_ID: "key",
  AWS_SECRET_ACCESS_KEY: "secret",
};

/** A bucket whose server answers every question by a function of its query. */
async function withAnswers(
  answer: (query: URLSearchParams, request: Request) => BodyInit | Response,
  work: (remote: Remote) => Promise<void>,
): Promise<void> {
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    (request) => {
      const answered = answer(new URL(request.url).searchParams, request);
      return answered instanceof Response ? answered : new Response(answered);
    },
  );
  const at = encodeURIComponent(`http://127.0.0.1:${server.addr.port}`);
  await work(
    openS3(s3Settings(`s3://bucket?endpoint=${at}`, () => undefined), {
      environment: (name) => KEYS[name],
    }),
  );
}

const digest = (n: number) => `${n}`.padStart(64, "0");
const contents = (n: number) =>
  `<Contents><Key>objects/00/${digest(n)}</Key><Size>${n}</Size></Contents>`;

async function sizes(remote: Remote): Promise<number[]> {
  const found = [];
  for await (const { size } of remote.list("object")) found.push(size);
  return found;
}

permitted("list() takes all pages, and no part of a list for the whole", async () => {
  const pages = (next: (token: string | null) => string) => (query: URLSearchParams) =>
    query.get("continuation-token") === "a+/=&1"
      ? `<R><IsTruncated>false</IsTruncated>${contents(2)}</R>`
      : `<R><IsTruncated>true</IsTruncated>${contents(1)}${
        next(query.get("continuation-token"))
      }</R>`;
  const token = (text: string) => `<NextContinuationToken>${text}</NextContinuationToken>`;
  await withAnswers(pages(() => token("a+/=&amp;1")), async (remote) => {
    assertEquals(await sizes(remote), [1, 2]);
  });
  // What is not listed would be collected, or computed again.
  for (const next of ["", token(""), token("same")]) {
    await withAnswers(pages(() => next), async (remote) => {
      await assertRejects(() => sizes(remote), Error, "the server cuts a list off");
    });
  }
});

permitted("unfinished() names uploads of a remote's own things alone, on all pages", async () => {
  const upload = (key: string) =>
    `<Upload><Key>${key}</Key><UploadId>1</UploadId>` +
    "<Initiated>2026-01-01T00:00:00.000Z</Initiated></Upload>";
  const own = `objects/00/${digest(1)}`;
  const pages = (more: string) => (query: URLSearchParams) =>
    query.has("uploads") && query.get("key-marker") !== "k"
      ? `<R><IsTruncated>true</IsTruncated>${upload("backup/disk.img")}${upload(own)}${more}</R>`
      : `<R><IsTruncated>false</IsTruncated>${upload(`manifests/${digest(2)}.json`)}</R>`;
  const more = "<NextKeyMarker>k</NextKeyMarker><NextUploadIdMarker>1</NextUploadIdMarker>";
  await withAnswers(pages(more), async (remote) => {
    assertEquals((await remote.unfinished()).map(({ where }) => where), [
      `s3://bucket/${own}`,
      `s3://bucket/manifests/${digest(2)}.json`,
    ]);
  });
  await withAnswers(pages(""), async (remote) => {
    await assertRejects(() => remote.unfinished(), Error, "the server cuts a list off");
  });
});

permitted(
  "has() looks for many names by a list, and for what a list leaves out one by one",
  async () => {
    let asked = 0;
    /** Pages of one object each, of which the first `count` are there. */
    const pages = (count: number) => (query: URLSearchParams) => {
      asked++;
      const page = Number(query.get("continuation-token") ?? 1);
      return `<R><IsTruncated>${page < count}</IsTruncated>${contents(page)}` +
        `<NextContinuationToken>${page + 1}</NextContinuationToken></R>`;
    };
    const names = Array.from(
      { length: 320 },
      (_, n): RemoteName => ({ kind: "object", digest: digest(n) as Digest }),
    );
    await withAnswers(pages(2), async (remote) => {
      assertEquals([...await remote.has(names)], [names[1], names[2]]);
      assertEquals(asked, 1 + 2); // whether the bucket is there, and its pages
    });
    asked = 0;
    await withAnswers(pages(1000), async (remote) => {
      // Whatever is asked for by HEAD is there: the server answers all questions.
      assertEquals((await remote.has(names)).size, 320);
      assertEquals(asked, 1 + 20 + 300);
    });
  },
);

permitted("get() asks for plain bytes, where a proxy would compress them", async () => {
  const path = Deno.makeTempFileSync(), text = "x".repeat(5000);
  const name = { kind: "object", digest: digest(1) as Digest } as const;
  const compressed = new Response(text).body!.pipeThrough(new CompressionStream("gzip"));
  const bytes = await new Response(compressed).bytes();
  const headers = { "content-encoding": "gzip", "content-length": `${bytes.length}` };
  const compressing = (_query: URLSearchParams, request: Request) =>
    request.headers.get("accept-encoding") === "identity"
      ? new Response(text, { headers: { etag: '"1"' } })
      : new Response(bytes, { headers: { ...headers, etag: 'W/"1"' } });
  try {
    Deno.removeSync(path);
    await withAnswers(compressing, async (remote) => {
      assertEquals(await remote.get(name, path) as string, '"1"');
      assertEquals(Deno.readTextFileSync(path), text);
    });
  } finally {
    removeIfPresent(path);
  }
});
