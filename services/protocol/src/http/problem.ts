import Type, { type Static } from "typebox";

/** RFC 9457 problem details, with a stable `code` (RFC 9457, 3.2: extension members). */
export const Problem = Type.Object({
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer(),
  detail: Type.String(),
  code: Type.String(),
  /** The field of the request that is wrong. */
  field: Type.Optional(Type.String()),
  /** Suggested action. */
  advice: Type.Optional(Type.String()),
  instance: Type.Optional(Type.String()),
  correlationid: Type.Optional(Type.String()),
});
export type Problem = Static<typeof Problem>;

export const PROBLEM_MEDIA_TYPE = "application/problem+json";
