/** A proxy for HTTP that does to some requests what networks and servers do. @module */

/** What is done to one request. */
export type Fault =
  /** Answers itself, with a state and a code of S3. */
  | { readonly kind: "answer"; readonly status: number; readonly code: string }
  /** Says nothing, and keeps the line open. */
  | { readonly kind: "silent" }
  /** Ends the line in the middle of the answer's body. */
  | { readonly kind: "cut" }
  /** Changes one bit of the answer's body. */
  | { readonly kind: "flip" }
  /** Changes one bit of the request's body. */
  | { readonly kind: "flip up" }
  /** Passes on half of the request's body, and ends the line. */
  | { readonly kind: "truncate up" }
  /** Does what was asked, and ends the line without an answer. */
  | { readonly kind: "deaf" };

/** One request as the proxy sees it. */
export interface Seen {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  /** In lower case, as they came. */
  readonly headers: ReadonlyMap<string, string>;
}

/** A running proxy. */
export interface FaultProxy extends AsyncDisposable {
  readonly endpoint: string;
  /** All requests so far. */
  readonly seen: readonly Seen[];
  /** What is done to a request; nothing if it returns nothing. */
  fault: (seen: Seen, index: number) => Fault | undefined;
}

/** Starts a proxy before `host`; each request has a line of its own. */
export function startFaultProxy(host: string): FaultProxy {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const [hostname, port] = host.split(":"), seen: Seen[] = [], open = new Set<Deno.Conn>();
  const { port: own } = listener.addr as Deno.NetAddr;
  const proxy: FaultProxy = {
    endpoint: `http://127.0.0.1:${own}`,
    seen,
    fault: () => undefined,
    async [Symbol.asyncDispose]() {
      listener.close();
      for (const line of open) close(line);
      await serving;
      await Promise.allSettled(lines);
    },
  };
  const lines = new Set<Promise<void>>();
  const serving = (async () => {
    for await (const line of listener) {
      open.add(line);
      const done = serve(line).catch(() => {}).finally(() => {
        close(line);
        open.delete(line);
        lines.delete(done);
      });
      lines.add(done);
    }
  })().catch(() => {});

  async function serve(line: Deno.Conn): Promise<void> {
    const { head, body } = await readMessage(line);
    const [first, ...rest] = head.split("\r\n"), [method, target] = first.split(" ");
    const headers = new Map(rest.map((text) => {
      const at = text.indexOf(":");
      return [text.slice(0, at).toLowerCase(), text.slice(at + 1).trim()];
    }));
    const fault = proxy.fault(
      { method, target, headers },
      seen.push({ method, target, headers }) - 1,
    );
    switch (fault?.kind) {
      case "silent":
        await line.read(new Uint8Array(1));
        return;
      case "answer": {
        const text = `<Error><Code>${fault.code}</Code><Message>as asked</Message></Error>`;
        const length = method === "HEAD" ? 0 : text.length;
        await write(
          line,
          encode(
            `HTTP/1.1 ${fault.status} X\r\nconnection: close\r\ncontent-length: ${length}\r\n\r\n${
              text.slice(0, length)
            }`,
          ),
        );
        return;
      }
    }
    const up = await Deno.connect({ hostname, port: Number(port) });
    open.add(up);
    try {
      const kept = rest.filter((text) => !/^connection:/i.test(text));
      await write(up, encode([first, ...kept, "connection: close", "", ""].join("\r\n")));
      if (fault?.kind === "flip up" && body.length > 0) body[body.length >> 1] ^= 1;
      await write(up, fault?.kind === "truncate up" ? body.subarray(0, body.length >> 1) : body);
      if (fault?.kind === "truncate up") return;
      const answer = await readAll(up), begin = bodyAt(answer);
      if (fault?.kind === "deaf") return;
      if (fault?.kind === "flip") answer[begin + ((answer.length - begin) >> 1)] ^= 1;
      await write(
        line,
        fault?.kind === "cut" ? answer.subarray(0, (begin + answer.length) >> 1) : answer,
      );
    } finally {
      close(up);
      open.delete(up);
    }
  }
  return proxy;
}

const encode = (text: string) => new TextEncoder().encode(text);

function close(line: Deno.Conn): void {
  try {
    line.close();
  } catch {
    // the other end was faster
  }
}

async function write(line: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await line.write(bytes.subarray(at));
}

/** Where the body of a message begins; -1 while its head is not whole. */
function bodyAt(bytes: Uint8Array): number {
  for (let at = 3; at < bytes.length; at++) {
    if (bytes[at] === 10 && bytes[at - 1] === 13 && bytes[at - 2] === 10) return at + 1;
  }
  return -1;
}

/** Reads a request whose length its head says. */
async function readMessage(line: Deno.Conn): Promise<{ head: string; body: Uint8Array }> {
  let bytes = new Uint8Array(0), begin = -1;
  const buffer = new Uint8Array(1 << 16);
  const more = async () => {
    const count = await line.read(buffer);
    if (count === null) throw new Error("the line ended");
    return buffer.slice(0, count);
  };
  while (begin < 0) {
    bytes = joined([bytes, await more()]);
    begin = bodyAt(bytes);
  }
  const head = new TextDecoder().decode(bytes.subarray(0, begin - 4));
  const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
  const parts = [bytes.subarray(begin)];
  for (let count = parts[0].length; count < length;) {
    parts.push(await more());
    count += parts.at(-1)!.length;
  }
  return { head, body: joined(parts) };
}

async function readAll(line: Deno.Conn): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  const buffer = new Uint8Array(1 << 16);
  for (let count; (count = await line.read(buffer)) !== null;) parts.push(buffer.slice(0, count));
  return joined(parts);
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
