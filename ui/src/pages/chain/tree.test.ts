import { expect, it } from "vitest";
import type { Chain } from "../../data/history.ts";
import { type Branch, treesOf } from "./tree.ts";

function chain(ids: string, ...edges: readonly string[]): Chain {
  return {
    ...{ start: "a", truncated: false },
    nodes: [...ids].map((id) => ({ id, kind: "event" })),
    edges: edges.map(([from = "", to = ""]) => ({ from, to })),
  };
}

function text({ node, effects, repeated }: Branch): string {
  return `${node.id}${repeated ? "*" : ""}${effects.length > 0 ? `(${effects.map(text).join(" ")})` : ""}`;
}

it.each([
  ["several effects", chain("abcd", "ab", "ac", "cd"), "a(b c(d))"],
  ["several causes", chain("abcd", "ac", "bc", "cd"), "a(c(d)) b(c*)"],
  ["edges of nodes that are missing", chain("ab", "ab", "bz", "za"), "a(b)"],
  ["a circle", chain("abc", "bc", "cb"), "a b(c(b*))"],
])("the tree shows %s", (_, given, expected) => {
  expect(treesOf(given).map(text).join(" ")).toBe(expected);
});

it("the tree handles a long line of causes", () => {
  const nodes = Array.from({ length: 500 }, (_, i) => ({ id: `${i}`, kind: "event" as const }));
  const edges = nodes.slice(1).map(({ id }, i) => ({ from: `${i}`, to: id }));
  let depth = 0;
  for (let [branch] = treesOf({ start: "0", truncated: false, nodes, edges }); branch; [branch] = branch.effects)
    depth++;
  expect(depth).toBe(500);
});
