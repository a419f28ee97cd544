import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import {
  CHECK_MARKS,
  CheckMarksQuery,
  HistoryMark,
  ListMarksQuery,
  MARKS,
  MarkCheck,
  MarkList,
  MarkProblem,
} from "@fleetlog/protocol";
import type { HttpContext } from "../../../context.ts";
import type { HttpResource } from "../../resource.ts";
import { MARK_EXAMPLES } from "./examples.ts";

const tags = ["history"];
const problems = ["history-unavailable"] as const;

export const marks: HttpResource = {
  tag: "history",
  schemas: { HistoryMark, MarkProblem, MarkList, MarkCheck },
  examples: MARK_EXAMPLES,
  prefix: "/api",
  routes: markRoutes,
};

function markRoutes({ fleet }: HttpContext): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get(
      "/history/marks",
      {
        config: { action: "history.read" },
        schema: {
          operationId: "listHistoryMarks",
          summary: "The signed hashes of the log",
          description:
            "Each mark has a hash of 10,000 sequences of FLEET and of the mark before. `from` is a sequence.",
          tags,
          querystring: ListMarksQuery,
          response: { 200: MarkList },
          problems: [...problems],
        },
      },
      (request) => fleet.history.answer<MarkList>(MARKS, request.query),
    );

    app.get(
      "/history/marks/check",
      {
        config: { action: "history.read" },
        schema: {
          operationId: "checkHistoryMarks",
          summary: "Compare the log with its marks",
          description: "Reads at most 500,000 events of the log. One check runs at a time in each historian.",
          tags,
          querystring: CheckMarksQuery,
          response: { 200: MarkCheck },
          problems: [...problems],
        },
      },
      (request) => fleet.history.answer<MarkCheck>(CHECK_MARKS, request.query),
    );
  };
}
