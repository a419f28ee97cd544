import { checker, HistoryMark } from "@fleetlog/protocol";
import Type, { type Static } from "typebox";

/** The version of the format. Increase it with every change. */
export const FORMAT = 1;

/** The signed text is this line and the hash of all lines. */
export const SIGNED_HEAD = "fleetlog incident 1\n";

const seq = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER });
const sha256 = Type.String({ pattern: "^[0-9a-f]{64}$" });
const stored = { seq, subject: Type.String(), payload: Type.String(), text: Type.String() };

/** The first line. `devices` are sorted. `from` is missing at the beginning of the log. */
const Head = Type.Object({
  kind: Type.Literal("incident"),
  format: Type.Integer(),
  firstSeq: seq,
  lastSeq: seq,
  from: Type.Optional(Type.String()),
  to: Type.String(),
  devices: Type.Array(Type.String()),
  projections: Type.Record(Type.String(), Type.Integer()),
  key: Type.String(),
});
export type IncidentHead = Static<typeof Head>;

/** A row as it was before the first event. */
const Row = Type.Object({
  kind: Type.Literal("row"),
  projection: Type.String(),
  key: Type.String(),
  row: Type.Object({}),
});

/** A block of the log. The event lines from here to the next block line belong to it. The newest block has no mark. */
const Block = Type.Object({
  kind: Type.Literal("block"),
  firstSeq: seq,
  lastSeq: seq,
  mark: Type.Union([HistoryMark, Type.Null()]),
});
export type BlockLine = Static<typeof Block>;

/** An event: `payload` as the log stores it, and `text` for people. */
const Event = Type.Object({ kind: Type.Literal("event"), ...stored });
export type EventLine = Static<typeof Event>;

/** After the events of a block with a mark: the hashes of the largest subtrees without any of these events. */
const Proof = Type.Object({ kind: Type.Literal("proof"), hashes: Type.Array(sha256) });

/** A message about one of the devices to a channel. It is not in FLEET, so no mark covers it. */
const Told = Type.Object({ kind: Type.Literal("told"), ...stored });
export type ToldLine = Static<typeof Told>;

/** The line before the signature. `sha256` is the hash of all rows of the devices after the last event. */
const End = Type.Object({ kind: Type.Literal("end"), events: Type.Integer(), rows: Type.Integer(), sha256 });
export type EndLine = Static<typeof End>;

/** The last line. It signs the bytes of all lines before it. */
const Signature = Type.Object({ kind: Type.Literal("signature"), signature: Type.String() });

const IncidentLine = Type.Union([Head, Row, Block, Event, Proof, Told, End, Signature]);
export type IncidentLine = Static<typeof IncidentLine>;

export const checkLine = checker(IncidentLine, "line");
