import { parentPort, workerData } from "node:worker_threads";
import { FleetError, type FleetErrorDetails } from "@fleetlog/domain";
import { keptStateOf } from "@fleetlog/protocol";
import { Reader } from "../select/reader.ts";
import { needsNewFile } from "../store/errors.ts";
import { FLEET_PROJECTIONS, VIEWS } from "../views/index.ts";
import { KeptStates } from "./kept-states.ts";
import type { ThreadAnswer, ThreadData, ThreadQuery } from "./messages.ts";

const queries = new Map(VIEWS.flatMap((view) => [...view.queries]));
const states = new KeptStates(FLEET_PROJECTIONS, (workerData as ThreadData).prefix);

parentPort?.on("message", (asked: ThreadQuery) => parentPort?.postMessage(answerTo(asked)));

function answerTo({ query, params, scope, answerBytes, path, counts }: ThreadQuery): ThreadAnswer {
  try {
    const answer = queries.get(query)?.answer;
    if (answer === undefined) throw new TypeError(`there is no query ${query}`);
    return states.read(path, keptStateOf(params), counts, (rows) => ({
      answer: { result: answer(new Reader(rows, scope, answerBytes), params as never), seq: rows.seq },
    }));
  } catch (error) {
    if (error instanceof FleetError) {
      const { code, message, field, advice, retryAfterMs } = error;
      return { refusal: { code, message, details: { field, advice, retryAfterMs } as FleetErrorDetails } };
    }
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { failure: text, damaged: needsNewFile(error) || error instanceof SyntaxError };
  }
}
