import { type Channel, channelEvents, definitionEntity, isEventOf } from "@fleetlog/domain";
import type { Projection } from "../../projection.ts";
import { DEFINITIONS, type DefinitionRow, definitionRow } from "../definition.ts";

export type ChannelRow = DefinitionRow<Channel>;

export const channels: Projection<ChannelRow> = {
  ...DEFINITIONS,
  name: "channels",
  version: 1,
  categories: ["channel"],

  touches: (event) => (isEventOf(channelEvents, event) ? { key: definitionEntity(event.data) } : undefined),

  evolve: (row, event) => (isEventOf(channelEvents, event) ? definitionRow(event, event.data) : row),
};
