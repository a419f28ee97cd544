import { definitionEntity, MAIN_ACCOUNT } from "@fleetlog/domain";
import type { ChannelHealth, DeliveryResource } from "@fleetlog/protocol";
import type { Filter } from "../../filter.ts";
import type { Reader } from "../../select/reader.ts";
import type { Answer } from "../view.ts";
import { type DeliveryRow, deliveries } from "./deliveries.ts";
import { channelHealth, type HealthRow } from "./health.ts";

const DEFAULT_LIMIT = 100;
const DELIVERIES = { tables: [deliveries] };
const HEALTH = { tables: [channelHealth] };

export const listDeliveries: Answer<"deliveries.list"> = (reader, params) => {
  const { account = MAIN_ACCOUNT, channel: name, state, limit = DEFAULT_LIMIT, cursor } = params;
  const filters: Filter[] = [{ column: "channel", eq: definitionEntity({ name, account }) }];
  if (state !== undefined) filters.push({ column: "state", eq: state });
  const order = [{ column: "ordinal", descending: true }];
  const request = { list: "deliveries", filter: { and: filters }, order, limit, cursor };
  return reader.page(DELIVERIES, request, (keys) => resourcesOf(reader, keys));
};

export const healthOfChannels: Answer<"channels.health"> = (reader, { channels }) =>
  channels.map((id) => healthOf(reader, definitionEntity(id)));

function healthOf(reader: Reader, key: string): ChannelHealth {
  const waitingOnes: Filter[] = [
    { column: "channel", eq: key },
    { column: "state", eq: "waiting" },
  ];
  const waiting = reader.count(DELIVERIES, { and: waitingOnes });
  const [found] = reader.rows<{ row: string }>(HEALTH, [key], { row: "channelHealth.row" });
  if (found === undefined) return { state: "unused", failures: 0, waiting, sent: 0, givenUp: 0 };
  const { seq: _, account: __, sentThrough, ...row } = JSON.parse(found.row) as HealthRow;
  const state = row.failures > 0 ? "failing" : row.sent > 0 ? "working" : "unused";
  return { state, waiting, ...row, ...(sentThrough !== undefined && { sentThrough: { ...sentThrough } }) };
}

function resourcesOf(reader: Reader, keys: readonly string[]): DeliveryResource[] {
  const rows = reader.rows<{ row: string }>(DELIVERIES, keys, { row: "deliveries.row" });
  return rows.map(({ row }) => resourceOf(JSON.parse(row) as DeliveryRow));
}

function resourceOf({ delivery, account, createdAt, updatedAt, seq }: DeliveryRow): DeliveryResource {
  const { id, channel, purpose, status, attempts, reason, device, events } = delivery;
  return {
    id,
    channel,
    account,
    purpose,
    state: status,
    attempts,
    ...(reason !== undefined && { reason }),
    ...(device !== undefined && { device }),
    ...(events !== undefined && { events }),
    requestedAt: createdAt,
    updatedAt,
    seq,
  };
}
