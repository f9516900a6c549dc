/** @module */

/** How long an engine waits for work. */
export interface Waiting {
  /** The time that counts begins. */
  readonly begin: () => void;
  /** The engine is handed a run. */
  readonly handed: (done: Promise<void>) => void;
  /** The time that counts ends. */
  readonly end: () => void;
  /** Share of the time that counts in which no run was left; 0 before any. */
  readonly share: () => number;
}

/** Measures how long an engine waits for work: what it takes to keep it supplied. */
export function createWaiting(now: () => number = () => performance.now()): Waiting {
  let running = 0, began = 0, since = 0, waited = 0, counted = 0;
  return {
    begin() {
      began = since = now();
    },
    handed(done) {
      if (running++ === 0) waited += now() - since;
      const ended = () => {
        if (--running === 0) since = now();
      };
      done.then(ended, ended);
    },
    end() {
      const time = now();
      if (running === 0) waited += time - since;
      counted += time - began;
    },
    share: () => counted > 0 ? waited / counted : 0,
  };
}
