import type { Place } from "./people.ts";
import type { Sent } from "./send.ts";

const NAMES = /roof|cellar|elsewhere|south/g;
const UUID = /[0-9a-f]{8}(?=-[0-9a-f]{4}-)/g;

/** The same request for targets that do not exist. Its answer must equal the answer for hidden targets. */
export function nowhere<R extends Sent>(request: R, place: Place): R {
  const { path, body } = request;
  const renamed = (text: string) =>
    // Targets in the caller's own account are not hidden, so only the name of another account is replaced.
    place === "own" ? text.replace("south", "nowhere") : text.replace(NAMES, "nowhere").replace(UUID, "00000000");
  return {
    ...request,
    path: renamed(path),
    ...(body !== undefined && { body: JSON.parse(renamed(JSON.stringify(body))) }),
  };
}

export function alike(problem: string): string {
  const { correlationid: _, ...rest } = JSON.parse(problem) as Record<string, unknown>;
  return JSON.stringify(rest).replace(NAMES, "nowhere").replace(UUID, "00000000");
}
