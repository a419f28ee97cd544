import { CATEGORIES } from "@fleetlog/domain";
import { SQL, type SqlRequest } from "@fleetlog/protocol";
import Type from "typebox";
import type { AsOf } from "../as-of/as-of.ts";
import type { Call } from "../requests/calls.ts";
import { CallScope } from "../requests/scope.ts";
import { SqlParts } from "./answer.ts";
import type { Queries } from "./queries.ts";

/** Milliseconds for the history to reach the newest event of the log. */
const WAIT_MS = 5_000;

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
  return {
    name: SQL,
    request: Request,
    async answer(request: SqlRequest) {
      await asOf.waitFor(await lastSeq(), WAIT_MS);
      return new SqlParts(request.format, (signal) => queries.run(request, signal));
    },
  };
}
