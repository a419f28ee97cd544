export interface ApiErrorBody {
  readonly code: number;
  /** See server/errors.json of nats-server. */
  readonly err_code?: number;
  readonly description?: string;
}

export const ERR_CODE = {
  badRequest: 10003,
  noPeers: 10005,
  unavailable: 10008,
  streamNotFound: 10059,
  streamNameInUse: 10058,
  subjectsOverlap: 10065,
  streamMessageExceedsMaximum: 10054,
  messageNotFound: 10037,
  wrongLastSequence: 10071,
  wrongLastSequenceUnknown: 10164,
  atomicPublishDisabled: 10174,
  batchTooLarge: 10199,
  batchContainsDuplicate: 10201,
} as const;

/**
 * Whether another process has just created the stream with different settings. nats-server 2.9 reports overlapping
 * subjects during the creation; the stream may then not exist yet.
 */
export function isCreatedByOther(errCode: number | undefined): boolean {
  return errCode === ERR_CODE.streamNameInUse || errCode === ERR_CODE.subjectsOverlap;
}

export class JetStreamApiFailure extends Error {
  override readonly name = "JetStreamApiFailure";
  readonly body: ApiErrorBody;

  constructor(body: ApiErrorBody) {
    super(body.description ?? `error ${body.code}`);
    this.body = body;
  }
}

export type AppendErrorKind = "conflict" | "too-large" | "full" | "transient";

/** An append is retried after each error that is not certainly final. */
export function kindOf(body: ApiErrorBody): AppendErrorKind {
  switch (body.err_code) {
    case ERR_CODE.wrongLastSequence:
    case ERR_CODE.wrongLastSequenceUnknown:
      return "conflict";
    case ERR_CODE.streamMessageExceedsMaximum:
      return "too-large";
  }
  // "maximum bytes exceeded", "insufficient resources", "no space left on device": codes differ between versions.
  return /maximum (bytes|messages)|insufficient|resource|no space/i.test(body.description ?? "") ? "full" : "transient";
}
