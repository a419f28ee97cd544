import { definitionEntity } from "@fleetlog/domain";
import type { ChannelRecord } from "@fleetlog/protocol";
import type { Reader } from "../../select/reader.ts";
import { DEFINITION_ORDER, definedAs } from "../definition.ts";
import type { Answer } from "../view.ts";
import { type ChannelRow, channels } from "./channels.ts";

const DEFAULT_LIMIT = 100;
const CHANNELS = { tables: [channels] };

export const listChannels: Answer<"channels.list"> = (reader, { account, limit = DEFAULT_LIMIT, cursor }) =>
  reader.page(
    CHANNELS,
    { list: "channels", filter: definedAs({ ...(account && { account }) }), order: DEFINITION_ORDER, limit, cursor },
    (keys) => recordsOf(reader, keys),
  );

export const getChannel: Answer<"channels.get"> = (reader, id) => recordsOf(reader, [definitionEntity(id)])[0] ?? null;

function recordsOf(reader: Reader, keys: readonly string[]): ChannelRecord[] {
  const rows = reader.rows<{ row: string }>(CHANNELS, keys, { row: "channels.row" });
  return rows.flatMap(({ row }) => {
    const { name, account, definition, changedAt, changedBy, seq } = JSON.parse(row) as ChannelRow;
    if (definition === undefined) return [];
    return [{ name, account, ...(definition as Omit<ChannelRecord, "name" | "account">), changedAt, changedBy, seq }];
  });
}
