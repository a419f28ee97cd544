import type { Category, Scope } from "@fleetlog/domain";
import Type, { type Static } from "typebox";
import { DiffItem } from "./diff.ts";

/** The call that returns the causes and the effects of an event. */
export const CHAIN = "chain";

export const ChainQuery = Type.Object(
  {
    as: Type.Optional(
      Type.Enum(["json", "mermaid"], { default: "json", description: "`mermaid`: the text of a Mermaid flowchart" }),
    ),
    depth: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 50, default: 20, description: "Steps from the event, in either direction" }),
    ),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, default: 200, description: "Nodes" })),
  },
  { additionalProperties: false },
);
export type ChainQuery = Static<typeof ChainQuery>;

export interface ChainRequest extends Omit<ChainQuery, "as"> {
  /** Id of an event or a command. */
  readonly id: string;
  readonly scope?: Scope;
  /** Categories whose events the caller may read. */
  readonly categories: readonly Category[];
}

const { device, change, before, after, cause } = DiffItem.properties;

export const ChainNode = Type.Object({
  id: Type.String({ description: "If the node is an event: the event's id" }),
  kind: Type.Enum(["event", "change", "hidden"], {
    description:
      "`event`: an event of FLEET; `change`: a field of a device that the event before it changed; `hidden`: an event " +
      "that the caller may not see, between others",
  }),
  seq: Type.Optional(Type.Integer({ description: "FLEET sequence of the event" })),
  type: Type.Optional(Type.String()),
  time: Type.Optional(Type.String()),
  device: Type.Optional(device),
  gateway: Type.Optional(Type.String({ description: "The gateway that wrote the event, or that the event is about" })),
  detail: Type.Optional(Type.String({ description: "The command's name, or the reason why a session closed" })),
  cause: Type.Optional(cause),
  change: Type.Optional(change),
  before: Type.Optional(before),
  after: Type.Optional(after),
});
export type ChainNode = Static<typeof ChainNode>;

export const ChainEdge = Type.Object(
  { from: Type.String(), to: Type.String() },
  { description: "From the cause to the effect; ids of nodes" },
);
export type ChainEdge = Static<typeof ChainEdge>;

export const Chain = Type.Object({
  start: Type.String({ description: "The node of the requested event; for a command, the node of its CommandIssued" }),
  nodes: Type.Array(ChainNode, { description: "Events in the order of the log, then changes" }),
  edges: Type.Array(ChainEdge),
  truncated: Type.Boolean({ description: "There is more than `depth` and `limit` allow" }),
});
export type Chain = Static<typeof Chain>;
