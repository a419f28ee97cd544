import { CATEGORIES } from "@fleetlog/domain";
import { SQL, type SqlRequest } from "@fleetlog/protocol";
import Type from "typebox";
import type { AsOf } from "../as-of/as-of.ts";
import type { Call } from "../requests/calls.ts";
import { CallScope } from "../requests/scope.ts";
import { Pace } from "../telemetry/pace.ts";
import { SqlParts } from "./answer.ts";
import type { Queries } from "./queries.ts";

/** Milliseconds for the history to reach the newest event of the log. */
const WAIT_MS = 5_000;
/**
 * Limit of all answers of a historian together. At full speed, an answer of 208 MB took 1.4 s of processor time in the
 * gateway, as much in the historian, and 1.2 s in nats-server: time that commands to devices then lack.
 */
const BYTES_PER_SECOND = 8 * 1_024 ** 2;

const Request = Type.Object(
  {
    sql: Type.String({ maxLength: 65_536 }),
    limit: Type.Integer({ minimum: 1, maximum: 1_000_000 }),
    format: Type.Enum(["json", "csv", "parquet"]),
    scope: Type.Optional(CallScope),
    categories: Type.Array(Type.Enum([...CATEGORIES])),
  },
  { additionalProperties: false },
);

export interface SqlCallOptions {
  readonly queries: Pick<Queries, "run">;
  readonly asOf: Pick<AsOf, "waitFor">;
  /** The newest FLEET sequence, asked of the log. */
  readonly lastSeq: () => Promise<number>;
}

/** SQL over the history up to the log's newest event. The statement ends when nobody reads the answer. */
export function sqlCall({ queries, asOf, lastSeq }: SqlCallOptions): Call {
  const pace = new Pace(BYTES_PER_SECOND);
  return {
    name: SQL,
    request: Request,
    async answer(request: SqlRequest) {
      await asOf.waitFor(await lastSeq(), WAIT_MS);
      return new SqlParts(request.format, (signal) => queries.run(request, signal), pace);
    },
  };
}
