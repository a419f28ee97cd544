import type { Chain } from "@fleetlog/protocol";
import { expect, it } from "vitest";
import { CHAIN_EXAMPLES } from "./examples.ts";
import { mermaidOf } from "./mermaid.ts";

it("the flowchart shows causes and effects", () => {
  expect(mermaidOf(CHAIN_EXAMPLES.Chain)).toBe(
    [
      "flowchart LR",
      '  n1["GatewayLost<br/>gateway-2<br/>2026-01-31T11:59:58.000Z"]',
      '  n2("pump-7: status<br/>#34;connected#34; to #34;disconnected#34;")',
      "  n1 --> n2",
      "  classDef start stroke-width:3px",
      "  class n1 start",
      "",
    ].join("\n"),
  );
});

it("the flowchart escapes texts that devices and people have chosen", () => {
  const detail = '"]; click n1 "javascript:alert(1)"\n%%{init}%% <img src=x onerror=alert(1)> &amp; `#35;` Pümpe';
  const chain: Chain = {
    ...{ start: "e1", edges: [], truncated: true },
    nodes: [{ id: "e1", kind: "event", type: "CommandIssued", detail }],
  };
  const [, node = "", ...rest] = mermaidOf(chain).split("\n");
  expect(node).toMatch(/^ {2}n1\["CommandIssued<br\/>(?:[\p{L}\p{N} .,:/_-]|#\d+;)*"\]$/u);
  const back = node
    .slice(node.indexOf("<br/>") + 5, -2)
    .replaceAll(/#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)));
  expect(back).toBe(detail);
  expect(rest).toContain('  more["there is more"]');
});
