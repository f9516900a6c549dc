/** Server-sent events: what is shown goes to everybody who looks, whenever it changes. @module */

/** Everybody who looks. */
export interface Events {
  /**
   * Answers a request with events; nothing where there are too many already.
   *
   * @param completed Settled when the client is gone
   */
  readonly join: (completed: Promise<void>) => Response | undefined;
  readonly count: () => number;
  /** Ends all answers. */
  readonly close: () => void;
}

/** How events are sent. */
export interface EventsOptions {
  /** Time between two looks, milliseconds. */
  readonly every?: number;
  /** Time after which something is sent although nothing changed, milliseconds. */
  readonly sign?: number;
  /** So many may look at a time. */
  readonly most?: number;
}

/** Answers that are not read are not written on: so many characters may wait. */
const WAITING = 1 << 20;

/**
 * Sends `event: state` with what is read, at once and whenever it changed. Nothing is read while nobody
 * looks.
 *
 * @param read What is to be shown, as one line
 */
export function openEvents(
  read: () => string,
  { every = 1000, sign = 15_000, most = 64 }: EventsOptions = {},
): Events {
  type Client = ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>;
  const clients = new Map<Client, string>(), encoder = new TextEncoder();
  let timer: ReturnType<typeof setInterval> | undefined, signed = performance.now();

  function leave(client: Client): void {
    clients.delete(client);
    if (clients.size === 0) clearInterval(timer);
    if (clients.size === 0) timer = undefined;
  }

  function send(client: Client, text: string): void {
    // who does not read has what is shown at the time when they do
    if ((client.desiredSize ?? 0) <= 0) return;
    try {
      client.enqueue(encoder.encode(text));
    } catch {
      leave(client);
    }
  }

  function look(): void {
    const now = performance.now(), due = now - signed >= sign, shown = read();
    if (due) signed = now;
    for (const [client, last] of clients) {
      if (last === shown) {
        // without it, nobody would notice that a client is gone
        if (due) send(client, ": still here\n\n");
      } else if ((client.desiredSize ?? 0) > 0) {
        clients.set(client, shown);
        send(client, `event: state\ndata: ${shown}\n\n`);
      }
    }
  }

  return {
    count: () => clients.size,
    join(completed) {
      if (clients.size >= most) return undefined;
      let own: Client;
      const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
        start(client) {
          own = client;
          clients.set(client, "");
          timer ??= setInterval(look, every);
          send(client, "retry: 2000\n\n");
          look();
        },
        cancel: () => leave(own),
      }, { highWaterMark: WAITING, size: (chunk) => chunk?.byteLength ?? 0 });
      const gone = () => leave(own);
      completed.then(gone, gone);
      return new Response(body, { headers: { "content-type": "text/event-stream" } });
    },
    close() {
      for (const client of [...clients.keys()]) {
        leave(client);
        try {
          client.close();
        } catch { /* it is closed */ }
      }
    },
  };
}
