/**
 * The rules there are: activations, architectures, training methods, attacks and data sets, one
 * file each. A rule is found by being in its folder; no other list names it.
 *
 * The file `lib/models/activations/leaky_relu.ts` exports `activation`, whose name is `leaky-relu`.
 * Files that begin with `_`, tests and `mod.ts` are no rules.
 *
 * Stages do not import this module: a cell names the rules that it runs, so that only those count in
 * its key.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { messageOf } from "../std/message_of.ts";

/** Folders of the kinds of rules. */
const FOLDERS = {
  activation: new URL("../models/activations/", import.meta.url),
  architecture: new URL("../models/architectures/", import.meta.url),
  method: new URL("../training/methods/", import.meta.url),
  attack: new URL("../attacks/catalogue/", import.meta.url),
  data: new URL("../data/sets/", import.meta.url),
} as const;

/** A kind of rule; a rule's file exports a constant of this name. */
export type RuleKind = keyof typeof FOLDERS;

/** Where a rule is. */
export interface RuleFile {
  readonly kind: RuleKind;
  readonly name: string;
  readonly module: URL;
}

/**
 * Names of the rules of a kind, sorted. Without permission to read the folder there are none, as in
 * plain `deno test`, whose tests name the rules that they are about.
 */
export function ruleNames(kind: RuleKind): string[] {
  const path = fileURLToPath(FOLDERS[kind]);
  if (Deno.permissions.querySync({ name: "read", path }).state !== "granted") return [];
  return [...Deno.readDirSync(path)]
    .filter(({ name, isFile }) =>
      isFile && name.endsWith(".ts") && !/^_|_test\.ts$|^mod\.ts$/.test(name)
    )
    .map(({ name }) => name.slice(0, -3).replaceAll("_", "-")).sort();
}

/** The file of a rule that there is. */
export function ruleFile(kind: RuleKind, name: string): RuleFile {
  return { kind, name, module: new URL(`${name.replaceAll("-", "_")}.ts`, FOLDERS[kind]) };
}

/**
 * All rules of a kind by name.
 *
 * @throws {TypeError} If a file of the folder cannot be loaded or does not export a rule of its name
 */
export async function loadRules<Rule extends { readonly name: string }>(
  kind: RuleKind,
): Promise<Readonly<Record<string, Rule>>> {
  const load = async (name: string) => [name, await loadRule<Rule>(ruleFile(kind, name))] as const;
  return Object.fromEntries(await Promise.all(ruleNames(kind).map(load)));
}

/**
 * The rule that a file exports.
 *
 * @throws {TypeError} If the file cannot be loaded or does not export a rule of its name
 */
export async function loadRule<Rule extends { readonly name: string }>(
  { kind, name, module }: RuleFile,
): Promise<Rule> {
  let rule: Rule | undefined;
  try {
    rule = (await import(module.href))[kind];
  } catch (error) {
    throw ruleError(module, `${messageOf(error)}${placeIn(module, error)}`);
  }
  if (rule?.name === name) return rule;
  const exported = rule === undefined ? `no "${kind}"` : `${kind} "${rule.name}"`;
  throw ruleError(module, `it exports ${exported}, expected ${kind} "${name}"`);
}

/** Commands load rules before they start, so that Deno prints this error: without a stack of ours. */
function ruleError(module: URL, detail: string): TypeError {
  const error = new TypeError(`Cannot read the rule "${fileURLToPath(module)}": ${detail}`);
  error.stack = `${error.name}: ${error.message}`;
  return error;
}

/** Where in a rule's file an error arose, if its message does not say it. */
function placeIn({ href }: URL, error: unknown): string {
  if (!(error instanceof Error) || error.message.includes(href)) return "";
  const place = error.stack?.split(href)[1]?.match(/^:(\d+):\d+/);
  return place ? ` (line ${place[1]})` : "";
}
