/**
 * Strict schemas for configuration: what they do not name is refused, and every refusal names the
 * path, the value and what is allowed.
 *
 * @module
 */
/** Something wrong at one place of a configuration. */
export interface Issue {
  /** For example `recipe.schedule.learning_rate`. */
  readonly path: string;
  readonly text: string;
  /** What a value that is refused should have been. */
  readonly expected?: string;
}

/** Reads a value, adding what is wrong with it to `issues`. */
export type Schema<T> = ((value: unknown, path: string, issues: Issue[]) => T) & {
  readonly form: Form;
  readonly optional?: boolean;
};

/** What a schema allows, as data: who has to visit every key reads it here. */
export type Form =
  | { readonly kind: "number"; readonly limits: Limits }
  | { readonly kind: "text" }
  | { readonly kind: "boolean" }
  | { readonly kind: "record" }
  | { readonly kind: "choice"; readonly allowed: readonly string[] }
  | { readonly kind: "nullable"; readonly of: Schema<unknown> }
  | {
    readonly kind: "list";
    readonly of: Schema<unknown>;
    readonly min: number;
    readonly max: number;
  }
  | { readonly kind: "object"; readonly fields: Readonly<Record<string, Schema<unknown>>> }
  | {
    readonly kind: "tagged";
    readonly tag: string;
    readonly variants: Readonly<Record<string, Schema<unknown>>>;
  };

/** Gives a reader its form. */
const formed = <T>(
  read: (value: unknown, path: string, issues: Issue[]) => T,
  form: Form,
): Schema<T> => Object.assign(read, { form });

type ObjectOf<F extends Record<string, Schema<unknown>>> = { [K in keyof F]: ReturnType<F[K]> };

/** Shows a value as it would be written. */
function shown(value: unknown): string {
  if (value === undefined) return "missing";
  if (typeof value === "number") return String(value); // JSON has no NaN and no infinities
  try {
    return JSON.stringify(value);
  } catch {
    return "a value that holds itself"; // by an alias of YAML
  }
}

function refuse<T>(issues: Issue[], path: string, value: unknown, expected: string): T {
  issues.push({ path, text: `is ${shown(value)}, expected ${expected}`, expected });
  return undefined as T;
}

/** Limits of a number; `above` and `below` exclude the limit itself. */
export interface Limits {
  readonly min?: number;
  readonly max?: number;
  readonly above?: number;
  readonly below?: number;
  readonly integer?: boolean;
}

/** Whether a number is inside its limits. */
export const isWithin = (value: number, limits: Limits): boolean => {
  const { min = -Infinity, max = Infinity, above = -Infinity, below = Infinity, integer } = limits;
  return Number.isFinite(value) && value >= min && value <= max && value > above && value < below &&
    (!integer || Number.isSafeInteger(value));
};

/** Limits in words, for example `a whole number, at least 1 and at most 100`. */
export function limitsText(
  { min = -Infinity, max = Infinity, above = -Infinity, below = Infinity, integer }: Limits,
): string {
  const bounds = [
    ...min > -Infinity ? [`at least ${min}`] : [],
    ...above > -Infinity ? [`above ${above}`] : [],
    ...max < Infinity ? [`at most ${max}`] : [],
    ...below < Infinity ? [`below ${below}`] : [],
  ].join(" and ");
  const kind = integer ? "a whole number" : "a number or a fraction like 8/255";
  return bounds === "" ? kind : `${kind}, ${bounds}`;
}

/** A number, which may be written as a fraction: `8/255`. */
export function number(limits: Limits = {}): Schema<number> {
  return formed((value, path, issues) => {
    const read = typeof value === "string" ? fraction(value) : value;
    return typeof read === "number" && isWithin(read, limits)
      ? read + 0 // -0 is 0
      : refuse(issues, path, value, limitsText(limits));
  }, { kind: "number", limits });
}

function fraction(text: string): number {
  const [, above, below] = /^\s*(-?[\d.]+)\s*\/\s*([\d.]+)\s*$/.exec(text) ?? [];
  return Number(above) / Number(below);
}

/** Any text, or one that a pattern allows. */
export function text(pattern?: RegExp, expected = "a text"): Schema<string> {
  return formed(
    (value, path, issues) =>
      typeof value === "string" && (pattern === undefined || pattern.test(value))
        ? value
        : refuse(issues, path, value, expected),
    { kind: "text" },
  );
}

/** True or false. */
export const boolean: Schema<boolean> = formed(
  (value, path, issues) =>
    typeof value === "boolean" ? value : refuse<boolean>(issues, path, value, "true or false"),
  { kind: "boolean" },
);

/** One of some words. */
export function oneOf<const T extends string>(...allowed: T[]): Schema<T> {
  return formed(
    (value, path, issues) =>
      (allowed as readonly unknown[]).includes(value)
        ? value as T
        : refuse<T>(issues, path, value, allowed.map((word) => `"${word}"`).join(" or ")),
    {
      kind: "choice",
      allowed,
    },
  );
}

/** Allows `null` too. */
export function nullable<T>(schema: Schema<T>, meaning: string): Schema<T | null> {
  return formed((value, path, issues) => {
    if (value === null) return null;
    const own: Issue[] = [], read = schema(value, path, own);
    issues.push(
      ...own.map((issue) => ({ ...issue, text: `${issue.text}, or null for ${meaning}` })),
    );
    return read;
  }, { kind: "nullable", of: schema });
}

/** Allows a key to be left out. */
export function optional<T>(schema: Schema<T>): Schema<T | undefined> {
  const read = (value: unknown, path: string, issues: Issue[]) =>
    value === undefined ? undefined : schema(value, path, issues);
  return Object.assign(read, { form: schema.form, optional: true });
}

/** Lets a record leave keys out, whole or in part: they have the values of `defaults`. */
export function withDefaults<T>(
  schema: Schema<T>,
  defaults: Readonly<Record<string, unknown>>,
): Schema<T> {
  const read = (value: unknown, path: string, issues: Issue[]) => {
    const given = value === undefined ? {} : value;
    return schema(isRecord(given) ? { ...defaults, ...given } : given, path, issues);
  };
  return Object.assign(read, { form: schema.form });
}

/** A list, whose length may be limited. */
export function list<T>(
  schema: Schema<T>,
  { min = 0, max = Infinity }: { readonly min?: number; readonly max?: number } = {},
): Schema<T[]> {
  const range = min === max ? `${min}` : max === Infinity ? `at least ${min}` : `${min} to ${max}`;
  const expected = min === 0 && max === Infinity ? "a list" : `a list of ${range} values`;
  return formed(
    (value, path, issues) =>
      Array.isArray(value) && value.length >= min && value.length <= max
        ? value.map((item, index) => schema(item, `${path}[${index}]`, issues))
        : refuse<T[]>(issues, path, value, expected),
    { kind: "list", of: schema, min, max },
  );
}

/** A record with exactly these keys. */
export function object<F extends Record<string, Schema<unknown>>>(fields: F): Schema<ObjectOf<F>> {
  const names = Object.keys(fields);
  return formed((value, path, issues) => {
    if (!isRecord(value)) {
      return refuse(issues, path, value, names.length === 0 ? "{}" : `keys ${names.join(", ")}`);
    }
    const at = (name: string) => path === "" ? name : `${path}.${name}`;
    for (const name of Object.keys(value)) {
      if (names.includes(name)) continue;
      const allowed = names.length === 0 ? "no keys here" : names.join(", ");
      issues.push({
        path: at(name),
        text: `is not a known key (value ${shown(value[name])}), expected ${allowed}`,
      });
    }
    const read: Record<string, unknown> = {};
    for (const name of names) {
      if (value[name] === undefined && fields[name].optional) continue;
      read[name] = fields[name](value[name], at(name), issues);
    }
    return read as ObjectOf<F>;
  }, { kind: "object", fields });
}

/**
 * Adds what a single key cannot show to be wrong.
 *
 * @param check Says what is wrong with a value that the schema allows; paths are inside the value
 */
export function refined<T>(schema: Schema<T>, check: (value: T) => readonly Issue[]): Schema<T> {
  return formed((value, path, issues) => {
    const before = issues.length, read = schema(value, path, issues);
    if (issues.length > before) return read;
    issues.push(
      ...check(read).map((issue) => ({
        ...issue,
        path: path === "" ? issue.path : `${path}.${issue.path}`,
      })),
    );
    return read;
  }, schema.form);
}

/** A record whose keys stay in the order in which they are given. */
export function inOrder<T extends object>(schema: Schema<T>): Schema<T> {
  return formed((value, path, issues) => {
    const read = schema(value, path, issues);
    if (!isRecord(value) || !isRecord(read)) return read;
    const rank = Object.keys(value);
    const entries = Object.entries(read).sort(([a], [b]) => rank.indexOf(a) - rank.indexOf(b));
    return Object.fromEntries(entries) as T;
  }, schema.form);
}

/** A record of any keys: what another schema reads. */
export const record: Schema<Record<string, unknown>> = formed(
  (value, path, issues) => isRecord(value) ? value : refuse(issues, path, value, "a record"),
  { kind: "record" },
);

/** A record of names of a pattern, whose values another schema reads. */
export function named<T>(
  pattern: RegExp,
  expected: string,
  schema: Schema<T>,
): Schema<Record<string, T>> {
  return formed((value, path, issues) => {
    if (!isRecord(value)) return refuse(issues, path, value, `names with what each is`);
    const read: Record<string, T> = {};
    for (const [name, one] of Object.entries(value)) {
      const at = path === "" ? name : `${path}.${name}`;
      if (pattern.test(name)) read[name] = schema(one, at, issues);
      else issues.push({ path: at, text: `has a name that is not allowed, expected ${expected}` });
    }
    return read;
  }, { kind: "record" });
}

/** The fields of an {@linkcode object}; none of another schema. */
export const fieldsOf = ({ form }: Schema<unknown>): Readonly<Record<string, Schema<unknown>>> =>
  form.kind === "object" ? form.fields : {};

/**
 * A record whose key `tag` says which of several schemas the rest obeys.
 *
 * @param otherwise Whose schema it is where the key is left out
 */
export function tagged<K extends string, T>(
  tag: K,
  variants: Readonly<Record<string, Schema<T>>>,
  otherwise?: string,
): Schema<T> {
  const choice = oneOf(...Object.keys(variants));
  return formed((value, path, issues) => {
    if (!isRecord(value)) return refuse(issues, path, value, `keys, among them ${tag}`);
    const before = issues.length;
    const given = value[tag] === undefined ? otherwise : value[tag];
    const chosen = choice(given, path === "" ? tag : `${path}.${tag}`, issues);
    return issues.length > before ? undefined as T : variants[chosen](value, path, issues);
  }, { kind: "tagged", tag, variants });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
