/** Local names by order of appearance. @module */
import { type Node, parse } from "acorn";

/** Any node of a syntax tree. */
type Part = Node & Record<string, unknown>;

/**
 * Renames all that a module declares to `$0`, `$1`, … by the order in which the names appear.
 *
 * What two scopes share the name of stays shared, so that two modules come out equal if one is the
 * other with its names exchanged. The result need not run: it is for comparing.
 *
 * @param code A module whose declared names differ from all names that it does not declare
 */
export function rename(code: string): string {
  const names = new Map<string, string>(), found: Part[] = [], declared = new Set<string>();
  /** What stands before or after a name that is one of a property, an export or an import, too. */
  const before = new Map<number, string>(), after = new Map<number, string>();
  visit(parse(code, { ecmaVersion: "latest", sourceType: "module" }) as Node as Part, {
    name: (node) => found.push(node),
    declared: (name) => declared.add(name),
    before: ({ start }, text) => before.set(start, text),
    after: ({ start }, text) => after.set(start, text),
  });
  found.sort((a, b) => a.start - b.start);
  let text = "", at = 0;
  for (const { start, end } of found) {
    const name = code.slice(start, end);
    if (start < at || !declared.has(name)) continue;
    if (!names.has(name)) names.set(name, `$${names.size}`);
    text += code.slice(at, start) + (before.get(start) ?? "") + names.get(name) +
      (after.get(start) ?? "");
    at = end;
  }
  return text + code.slice(at);
}

interface Visitor {
  /** A name that a scope gives a meaning to, or the use of one. */
  readonly name: (node: Part) => void;
  /** A name that is declared. */
  readonly declared: (name: string) => void;
  readonly before: (node: Part, text: string) => void;
  readonly after: (node: Part, text: string) => void;
}

/** Fields that hold names of properties, exports or imports, by type of node. */
const FOREIGN: Readonly<Record<string, readonly string[]>> = {
  ImportSpecifier: ["imported"],
  ExportSpecifier: ["exported"],
  ExportAllDeclaration: ["exported"],
  ImportAttribute: ["key"],
  MetaProperty: ["meta", "property"],
};

/** Fields that hold the name of a property unless it is computed. */
const PROPERTIES: Readonly<Record<string, string>> = {
  MemberExpression: "property",
  Property: "key",
  PropertyDefinition: "key",
  MethodDefinition: "key",
};

/** Fields that declare names, by type of node. */
const DECLARING: Readonly<Record<string, readonly string[]>> = {
  VariableDeclarator: ["id"],
  FunctionDeclaration: ["id", "params"],
  FunctionExpression: ["id", "params"],
  ArrowFunctionExpression: ["params"],
  ClassDeclaration: ["id"],
  ClassExpression: ["id"],
  CatchClause: ["param"],
  ImportSpecifier: ["local"],
  ImportDefaultSpecifier: ["local"],
  ImportNamespaceSpecifier: ["local"],
  LabeledStatement: ["label"],
};

function visit(node: Part, visitor: Visitor): void {
  if (node.type === "Identifier") return visitor.name(node);
  // Names of another module's exports are no names of this one.
  if (node.type === "ExportNamedDeclaration" && node.source !== null) return;
  writeOut(node, visitor);
  const foreign = FOREIGN[node.type] ?? [], property = PROPERTIES[node.type];
  for (const field of DECLARING[node.type] ?? []) {
    for (const pattern of parts(node[field])) declare(pattern, visitor);
  }
  for (const [field, value] of Object.entries(node)) {
    if (foreign.includes(field) || (field === property && node.computed === false)) continue;
    for (const part of parts(value)) visit(part, visitor);
  }
}

/** Writes out what a short form says twice: `{ a }`, `import { a }` and `export { a }`. */
function writeOut(node: Part, visitor: Visitor): void {
  const { local, imported, exported } = node as Record<string, Part>;
  if (node.type === "Property" && node.shorthand === true) {
    visitor.before(node.key as Part, `${(node.key as Part).name}:`);
  } else if (node.type === "ImportSpecifier" && local.start === imported.start) {
    visitor.before(local, `${imported.name} as `);
  } else if (node.type === "ExportSpecifier" && local.start === exported.start) {
    visitor.after(local, ` as ${exported.name}`);
  }
}

/** Names that a pattern declares. */
function declare(pattern: Part, visitor: Visitor): void {
  switch (pattern.type) {
    case "Identifier":
      return visitor.declared(pattern.name as string);
    case "AssignmentPattern":
      return declare(pattern.left as Part, visitor);
    case "RestElement":
      return declare(pattern.argument as Part, visitor);
    case "ArrayPattern":
      return parts(pattern.elements).forEach((element) => declare(element, visitor));
    case "ObjectPattern":
      return parts(pattern.properties).forEach((property) =>
        declare((property.type === "Property" ? property.value : property) as Part, visitor)
      );
  }
}

function parts(value: unknown): Part[] {
  return (Array.isArray(value) ? value : [value]).filter((part) => typeof part?.type === "string");
}
