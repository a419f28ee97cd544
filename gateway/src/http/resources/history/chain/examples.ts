import type { Chain } from "@fleetlog/protocol";

const lost = "b17f9a97-4fde-403e-a54f-e1c832ee0174/lost";
const change = "5128/pump-7/status";
const event: Chain["nodes"][number] = {
  ...{
    id: lost,
    kind: "event",
    seq: 5128,
    type: "GatewayLost",
    time: "2026-01-31T11:59:58.000Z",
    gateway: "gateway-2",
  },
  cause: { kind: "gateway-death", by: "gateway-2" },
};
const edge = { from: lost, to: change };
const chain: Chain = {
  start: lost,
  nodes: [
    event,
    {
      ...{ id: change, kind: "change", seq: 5128, device: "pump-7", change: "status" },
      ...{ before: "connected", after: "disconnected" },
    },
  ],
  edges: [edge],
  truncated: false,
};

export const CHAIN_EXAMPLES = { Chain: chain, ChainNode: event, ChainEdge: edge };
