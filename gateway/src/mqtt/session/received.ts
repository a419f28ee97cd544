import Type, { type Static } from "typebox";

/** Maximum number of identifiers that are stored as a list. More are stored as bits. */
export const MOST_LISTED = 1_024;
const HIGHEST = 0xffff;

/** Identifiers of QoS 2 publications as they are stored. A device that never sends PUBREL has up to 65,535 of them. */
export const StoredReceived = Type.Object({
  received: Type.Array(Type.Integer({ minimum: 1, maximum: HIGHEST })),
  /** If they are many: base64 of one bit for each identifier, the lowest bit of a byte first; at most 11 KB. */
  receivedBits: Type.Optional(Type.String({ maxLength: 10_924 })),
});

export function packed(received: readonly number[]): Static<typeof StoredReceived> {
  if (received.length <= MOST_LISTED) return { received: [...received] };
  const bits = Buffer.alloc((HIGHEST + 1) / 8);
  for (const id of received) bits[id >> 3] = (bits[id >> 3] ?? 0) | (1 << (id & 7));
  return { received: [], receivedBits: bits.toString("base64") };
}

export function unpacked({ received, receivedBits }: Static<typeof StoredReceived>): number[] {
  if (receivedBits === undefined) return received;
  const bits = Buffer.from(receivedBits, "base64");
  const ids: number[] = [];
  for (let id = 1; id < bits.length * 8; id++) if (((bits[id >> 3] ?? 0) & (1 << (id & 7))) !== 0) ids.push(id);
  return ids;
}
