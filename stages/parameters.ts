/** Reading what a job is given. @module */
import type { Issue, Schema } from "../lib/schema.ts";
import type { Job } from "./job.ts";

/**
 * Reads parameters by a schema. A profile has been read before its cells are declared, so that what is
 * wrong here is the declaration's fault.
 *
 * @throws {TypeError} If they are not as the schema says; names each key, its value and what is allowed
 */
export function readParameters<T>(
  { cell, parameters }: Pick<Job, "cell" | "parameters">,
  schema: Schema<T>,
): T {
  const issues: Issue[] = [], read = schema(parameters, "", issues);
  if (issues.length === 0) return read;
  const text = issues.map(({ path, text }) => `${path || "they"} ${text}`).join("; ");
  throw new TypeError(`Cannot read the parameters of ${cell}: ${text}`);
}
