/** @module */
import { Builder } from "./builder.ts";
import { type Graph, type Node, schedule } from "./graph.ts";

/** What to use for a node whose inputs are `inputs`; `undefined` for the same operation on them. */
export type Replace = (b: Builder, node: Node, inputs: Node[]) => Node | undefined;

/** Makes a graph anew, node by node, with some of its nodes replaced. */
export function rebuild(graph: Graph, replace: Replace): Graph {
  const b = new Builder(), made = new Map<Node, Node>();
  // by number: a result may have a parameter's name
  const roots = [...Object.values(graph.parameters), ...Object.values(graph.results)];
  for (const node of schedule({ ...graph, results: Object.fromEntries(roots.entries()) })) {
    const inputs = node.inputs.map((input) => made.get(input)!);
    made.set(
      node,
      replace(b, node, inputs) ?? b.make(node.operation, inputs, node.shape, node.dtype),
    );
  }
  const map = (nodes: Readonly<Record<string, Node>>) =>
    Object.fromEntries(Object.entries(nodes).map(([name, node]) => [name, made.get(node)!]));
  return { ...graph, parameters: map(graph.parameters), results: map(graph.results) };
}
