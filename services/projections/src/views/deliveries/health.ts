import { accountOf, type DeliveryEvent, definitionEntity, deliveryEvents, isEventOf } from "@fleetlog/domain";
import type { Projection, ViewRow } from "../../projection.ts";

/** How a channel has worked lately. */
export interface HealthRow extends ViewRow {
  readonly account: string;
  readonly failures: number;
  readonly sent: number;
  readonly givenUp: number;
  readonly sentAt?: string;
  readonly failedAt?: string;
  readonly error?: string;
  readonly refusedAt?: string;
  readonly refusal?: string;
  readonly sentThrough?: Readonly<Record<string, number>>;
}

export const channelHealth: Projection<HealthRow> = {
  name: "channelHealth",
  version: 1,
  categories: ["delivery"],
  belongs: "account",

  touches: (event) =>
    isEventOf(deliveryEvents, event)
      ? { key: definitionEntity({ name: event.data.channel, account: accountOf(event) }) }
      : undefined,

  evolve(row, event) {
    if (!isEventOf(deliveryEvents, event) || event.type === "DeliveryRequested") return row;
    const { seq, time } = event;
    const before = row ?? { seq, account: accountOf(event), failures: 0, sent: 0, givenUp: 0 };
    return { ...before, ...changes(before, event, time), seq };
  },

  columns: [{ name: "account", type: "text", fixed: true, of: ({ account }) => account }],
  indexes: [],
};

function changes(row: HealthRow, { type, data }: DeliveryEvent, time: string): Partial<HealthRow> {
  if (type === "DeliveryRequested") return {};
  if (type === "DeliveryRefused") return { refusedAt: time, refusal: data.reason };
  if (type !== "DeliverySent") {
    const failed = { failures: row.failures + 1, failedAt: time, error: data.reason };
    return type === "DeliveryGivenUp" ? { ...failed, givenUp: row.givenUp + 1 } : failed;
  }
  const { events } = data;
  const through = events && { sentThrough: { ...row.sentThrough, [events.stream]: events.through } };
  return { failures: 0, sent: row.sent + 1, sentAt: time, ...through };
}
