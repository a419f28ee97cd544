import type { Chain, ChainNode } from "../../data/history.ts";

/** A node and its effects. */
export interface Branch {
  readonly node: ChainNode;
  readonly effects: readonly Branch[];
  /** The node has several causes, and its effects are shown at an earlier one. */
  readonly repeated: boolean;
}

/** The chain as trees, from causes to effects in the order of the answer. Effects of a node are shown once. */
export function treesOf({ nodes, edges }: Chain): readonly Branch[] {
  const known = new Map(nodes.map((node) => [node.id, node]));
  const effects = new Map<string, ChainNode[]>();
  const caused = new Set<string>();
  for (const { from, to } of edges) {
    const node = known.get(to);
    if (node === undefined || !known.has(from) || from === to) continue;
    effects.set(from, [...(effects.get(from) ?? []), node]);
    caused.add(to);
  }
  const seen = new Set<string>();
  const branchOf = (node: ChainNode): Branch => {
    const repeated = seen.has(node.id);
    seen.add(node.id);
    return { node, repeated, effects: repeated ? [] : (effects.get(node.id) ?? []).map(branchOf) };
  };
  const trees = nodes.filter(({ id }) => !caused.has(id)).map(branchOf);
  // The remaining nodes form a cycle, which a log cannot contain.
  for (const node of nodes) if (!seen.has(node.id)) trees.push(branchOf(node));
  return trees;
}
