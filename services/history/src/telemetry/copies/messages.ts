import { FleetError } from "@fleetlog/domain";
import { type Checked, checker } from "@fleetlog/protocol";
import Type, { type Static } from "typebox";

/** A historian lists parts of its archive. Only historians may send requests here. */
export function listSubject(historian: string): string {
  return `archive.list.${historian}`;
}

/** A historian sends bytes of a part's file. Only historians may send requests here. */
export function readSubject(historian: string): string {
  return `archive.read.${historian}`;
}

const Seq = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const Hash = Type.String({ pattern: "^[0-9a-f]{64}$" });
/** Bytes of a chunk: with base64, less than half of what a message of NATS may have. */
export const CHUNK_BYTES = 256 * 1_024;
/** Larger than the file of any part. */
const PART_BYTES = 4 * 1024 ** 3;

/** Requests the parts that overlap the sequences `from` to `to`, both included. */
const ListRequest = Type.Object({ from: Seq, to: Seq }, { additionalProperties: false });
export type ListRequest = Static<typeof ListRequest>;

/** A part, with the hash and the size of its file. The newest part may still grow. */
const OfferedPart = Type.Object({
  firstSeq: Seq,
  lastSeq: Seq,
  newest: Type.Number(),
  sha256: Hash,
  bytes: Type.Integer({ minimum: 1, maximum: PART_BYTES }),
  repeats: Type.Array(Seq),
});
export type OfferedPart = Static<typeof OfferedPart>;

/** Highest sequences first. `more`: there are parts with lower sequences. */
const PartPage = Type.Object({ parts: Type.Array(OfferedPart), more: Type.Boolean() });
export type PartPage = Static<typeof PartPage>;

const ReadRequest = Type.Object({ sha256: Hash, offset: Seq }, { additionalProperties: false });
export type ReadRequest = Static<typeof ReadRequest>;

/** At most {@link CHUNK_BYTES} of the file; empty at its end. */
const Chunk = Type.Object({ base64: Type.String({ maxLength: Math.ceil(CHUNK_BYTES / 3) * 4 }) });
export type Chunk = Static<typeof Chunk>;

export const checkListRequest = checked(checker(ListRequest, "request"));
export const checkReadRequest = checked(checker(ReadRequest, "request"));
export const checkPartPage = checked(checker(PartPage, "answer"));
export const checkChunk = checked(checker(Chunk, "answer"));

/** @returns a function that throws FleetError `invalid-request` */
function checked<T>(check: (value: unknown) => Checked<T>): (value: unknown) => T {
  return (value) => {
    const found = check(value);
    if (found.ok) return found.value;
    throw new FleetError("invalid-request", found.message, { field: found.field });
  };
}
