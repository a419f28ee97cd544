import type { Place } from "./people.ts";
import type { Request } from "./recipe.ts";

const NAMES = /roof|cellar|elsewhere|south/g;
const UUID = /[0-9a-f]{8}(?=-[0-9a-f]{4}-)/g;

export function nowhere({ path, body, ...sent }: Request, place: Place): Request {
  const renamed = (text: string) =>
    // For a target in the caller's own account, only an account that the request names can be hidden.
    place === "own" ? text.replace("south", "nowhere") : text.replace(NAMES, "nowhere").replace(UUID, "00000000");
  return {
    ...sent,
    path: renamed(path),
    ...(body !== undefined && { body: JSON.parse(renamed(JSON.stringify(body))) }),
  };
}

export function alike(problem: string): string {
  const { correlationid: _, ...rest } = JSON.parse(problem) as Record<string, unknown>;
  return JSON.stringify(rest).replace(NAMES, "nowhere").replace(UUID, "00000000");
}
