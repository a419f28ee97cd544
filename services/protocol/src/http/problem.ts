import Type, { type Static } from "typebox";

/** RFC 9457, with the extension member `code` (3.2). */
export const Problem = Type.Object({
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer(),
  detail: Type.String(),
  code: Type.String(),
  field: Type.Optional(Type.String()),
  advice: Type.Optional(Type.String()),
  instance: Type.Optional(Type.String()),
  correlationid: Type.Optional(Type.String()),
});
export type Problem = Static<typeof Problem>;

export const PROBLEM_MEDIA_TYPE = "application/problem+json";
