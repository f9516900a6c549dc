/** One thing looked at. */
export interface MachineFinding {
  readonly name: string;
  /** `missing` keeps the demo from running, `optional` what it names, and `absent` nothing. */
  readonly state: "ok" | "optional" | "absent" | "missing";
  readonly text: string;
  /** What to do about it. */
  readonly mend?: string;
}
