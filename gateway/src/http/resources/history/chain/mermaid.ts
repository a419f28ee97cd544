import type { Chain, ChainNode } from "@fleetlog/protocol";

/** Maximum length of a label. Longer labels are cut. */
const LABEL_CHARS = 120;

/** A flowchart. Every character with a meaning in Mermaid or HTML is written as its code. */
export function mermaidOf({ start, nodes, edges, truncated }: Chain): string {
  const names = new Map(nodes.map(({ id }, i) => [id, `n${i + 1}`]));
  const lines = ["flowchart LR"];
  for (const node of nodes) lines.push(`  ${names.get(node.id)}${shape(node)}`);
  for (const { from, to } of edges) lines.push(`  ${names.get(from)} --> ${names.get(to)}`);
  if (truncated) lines.push('  more["there is more"]');
  lines.push("  classDef start stroke-width:3px", `  class ${names.get(start)} start`);
  return `${lines.join("\n")}\n`;
}

function shape(node: ChainNode): string {
  const label = `"${linesOf(node).map(escaped).join("<br/>")}"`;
  return node.kind === "change" ? `(${label})` : `[${label}]`;
}

function linesOf({ kind, type, detail, device, gateway, time, change, before, after }: ChainNode): readonly string[] {
  if (kind === "hidden") return ["hidden"];
  const lines =
    kind === "change"
      ? [`${device}: ${change}`, `${JSON.stringify(before)} to ${JSON.stringify(after)}`]
      : [type, device, detail, gateway, time];
  return lines.filter((line) => line !== undefined);
}

function escaped(line: string): string {
  const short = line.length > LABEL_CHARS ? `${line.slice(0, LABEL_CHARS)}…` : line;
  return short.replaceAll(/[^\p{L}\p{N} .,:/_…-]/gu, (character) => `#${character.codePointAt(0)};`);
}
