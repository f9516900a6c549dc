/** One thing looked at. */
export interface MachineFinding {
  readonly name: string;
  /** `missing` keeps the demo from running, `optional` only what it names. */
  readonly state: "ok" | "optional" | "missing";
  readonly text: string;
  /** What to do about it. */
  readonly mend?: string;
}
