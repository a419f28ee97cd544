import { CATEGORIES, FleetError } from "@fleetlog/domain";
import { QueryHistory, SQL, type SqlRequest } from "@fleetlog/protocol";
import Type from "typebox";
import type { AsOf } from "../moments/as-of.ts";
import type { CallMoments } from "../moments/call-moments.ts";
import type { Call } from "../requests/calls.ts";
import { CallScope } from "../requests/scope.ts";
import { Pace } from "../telemetry/pace.ts";
import { SqlParts } from "./answer.ts";
import type { UpTo } from "./process/messages.ts";
import type { Queries } from "./queries.ts";

/** Milliseconds for the history to reach the newest event of the log. */
const WAIT_MS = 5_000;
/**
 * Limit of all answers of a historian together. At full speed, an answer of 208 MB took 1.4 s of processor time in the
 * gateway, as much in the historian, and 1.2 s in nats-server. Commands to devices then lack this time.
 */
const BYTES_PER_SECOND = 8 * 1_024 ** 2;

const Request = Type.Object(
  {
    sql: Type.String({ maxLength: 65_536 }),
    limit: Type.Integer({ minimum: 1, maximum: 1_000_000 }),
    format: Type.Enum(["json", "csv", "parquet"]),
    at: QueryHistory.properties.at,
    scope: Type.Optional(CallScope),
    categories: Type.Array(Type.Enum([...CATEGORIES])),
  },
  { additionalProperties: false },
);

export interface SqlCallOptions {
  readonly queries: Pick<Queries, "run">;
  readonly asOf: Pick<AsOf, "waitFor" | "progress">;
  readonly moments: Pick<CallMoments, "resolve">;
  /** The newest FLEET sequence, asked of the log. */
  readonly lastSeq: () => Promise<number>;
}

/**
 * Runs SQL over the history up to `at`, or else up to the log's newest event. With `at`, a history that is being rebuilt
 * can often answer, too. The statement ends when nobody reads the answer.
 */
export function sqlCall({ queries, asOf, moments, lastSeq }: SqlCallOptions): Call {
  const pace = new Pace(BYTES_PER_SECOND);

  /** @throws FleetError `history-unavailable`, and `invalid-request` (field `at`) */
  async function reached(at: SqlRequest["at"]): Promise<UpTo | undefined> {
    if (at === undefined) {
      await asOf.waitFor(await lastSeq(), WAIT_MS).catch((error: unknown) => {
        throw withAdvice(error, asOf.progress().seq);
      });
      return undefined;
    }
    const { seq, at: time } = await moments.resolve(at);
    return { seq, time: typeof at === "string" ? at : time };
  }

  return {
    name: SQL,
    request: Request,
    async answer(request: SqlRequest) {
      const upTo = await reached(request.at);
      return new SqlParts(request.format, (signal) => queries.run(request, signal, upTo), pace);
    },
  };
}

function withAdvice(error: unknown, seq: number): unknown {
  if (!(error instanceof FleetError) || error.code !== "history-unavailable" || seq === 0) return error;
  const { code, message, retryAfterMs } = error;
  const advice = `Try again later, or send "at": ${seq} to read the history up to this event.`;
  return new FleetError(code, message, { advice, cause: error, ...(retryAfterMs !== undefined && { retryAfterMs }) });
}
