import { invalid } from "@fleetlog/domain";
import Type from "typebox";

export const IfMatch = Type.Object({
  "if-match": Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 1_024,
      description: "The `ETag` of an earlier answer: the change is refused (412) if the resource was changed since",
    }),
  ),
});

const TAG = /^(?:W\/)?"[\x21\x23-\x7e]*"$|^[A-Za-z0-9_-]+$/;

/** The revisions in If-Match; undefined for `*` (RFC 9110, 13.1.1). A weak tag never matches. */
export function revisionsIn(header: string | undefined): readonly string[] | undefined {
  if (header === undefined || header.trim() === "*") return undefined;
  const tags = header.split(",").map((tag) => tag.trim());
  if (!tags.every((tag) => TAG.test(tag))) {
    throw invalid("If-Match", 'If-Match must be * or entity tags such as "dQw4w9WgXcQ", with commas between');
  }
  return tags.filter((tag) => !tag.startsWith("W/")).map((tag) => tag.replaceAll('"', ""));
}
