import {
  accountOf,
  type Delivery,
  definitionEntity,
  deliveryDecider,
  deliveryEvents,
  isEventOf,
} from "@fleetlog/domain";
import type { Projection, ViewRow } from "../../projection.ts";

export interface DeliveryRow extends ViewRow {
  readonly delivery: Delivery;
  readonly account: string;
  readonly createdSeq: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** The number of deliveries that are kept. The stream has more, until they are too old or the stream is full. */
const NEWEST = 100_000;

export const deliveries: Projection<DeliveryRow> = {
  name: "deliveries",
  version: 1,
  categories: ["delivery"],
  belongs: "account",
  newest: NEWEST,

  touches: (event) => (isEventOf(deliveryEvents, event) ? { key: event.data.delivery } : undefined),

  evolve(row, event) {
    const after = deliveryDecider.evolve(row?.delivery, event);
    if (after === undefined || after === row?.delivery) return row;
    const { seq, time } = event;
    if (row !== undefined) return { ...row, seq, delivery: after, updatedAt: time };
    return { seq, delivery: after, account: accountOf(event), createdSeq: seq, createdAt: time, updatedAt: time };
  },

  ordinal: ({ createdSeq }) => createdSeq,
  columns: [
    { name: "account", type: "text", fixed: true, of: ({ account }) => account },
    { name: "channel", type: "text", fixed: true, selective: true, of: (row) => channelOf(row) },
    { name: "state", type: "text", of: ({ delivery: { status } }) => status },
  ],
  indexes: [{ on: ["channel", "ordinal"] }, { on: ["channel", "state", "ordinal"] }],
};

function channelOf({ account, delivery: { channel } }: DeliveryRow): string {
  return definitionEntity({ name: channel, account });
}
