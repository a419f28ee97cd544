import Type, { type Static } from "typebox";

const hex = (description: string) =>
  Type.String({ pattern: "^[0-9a-f]{64}$", accepts: "64 hexadecimal digits", description });

/** A signed hash of the entries that the log has for 10,000 successive sequences of the stream FLEET. */
export const HistoryMark = Type.Object({
  firstSeq: Type.Integer({ minimum: 1 }),
  lastSeq: Type.Integer({ minimum: 1 }),
  entries: Type.Integer({
    minimum: 0,
    description: "Entries that were stored; fewer than sequences if some were missing",
  }),
  root: hex("Root of the tree of the entries' hashes"),
  previous: hex("Hash of the previous mark; zeros in the first mark"),
  hash: hex("SHA-256 of the fields before it"),
  key: Type.String({ description: "The public key (Ed25519, base64url)" }),
  signature: Type.String({ description: "Ed25519, base64url" }),
});
export type HistoryMark = Static<typeof HistoryMark>;

export const MarkProblem = Type.Object({
  firstSeq: Type.Integer(),
  lastSeq: Type.Integer(),
  detail: Type.String(),
});
export type MarkProblem = Static<typeof MarkProblem>;

export const ListMarksQuery = Type.Object(
  {
    from: Type.Optional(Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description: "A sequence" })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, default: 100 })),
  },
  { additionalProperties: false },
);
export type ListMarksQuery = Static<typeof ListMarksQuery>;

export const MarkList = Type.Object({
  items: Type.Array(HistoryMark),
  next: Type.Union([Type.Integer(), Type.Null()], { description: "`from` of the next page" }),
  key: Type.Union([Type.String(), Type.Null()], {
    description: "The public key of this installation; null while no historian has the installation key",
  }),
});
export type MarkList = Static<typeof MarkList>;

export const CheckMarksQuery = Type.Object(
  {
    from: Type.Optional(
      Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description: "A sequence; default the first" }),
    ),
  },
  { additionalProperties: false },
);
export type CheckMarksQuery = Static<typeof CheckMarksQuery>;

export const MarkCheck = Type.Object({
  firstSeq: Type.Integer({ description: "First sequence that was read" }),
  lastSeq: Type.Integer({ description: "Last sequence that was read; lower than the first if there was no mark" }),
  problems: Type.Array(MarkProblem, { description: "Empty if the log matches its marks" }),
  next: Type.Union([Type.Integer(), Type.Null()], {
    description: "`from` of the next check; null after the newest mark",
  }),
});
export type MarkCheck = Static<typeof MarkCheck>;
