import { environmentName } from "./setting.ts";
import type { Slice } from "./slice.ts";

export function settingsTable(slices: readonly Slice<object>[]): string {
  const rows = slices
    .flatMap(({ own }) => Object.entries(own))
    .map(
      ([key, { description, accepts, defaultText }]) =>
        `| \`${environmentName(key)}\` | ${defaultText ?? ""} | ${accepts} | ${description} |`,
    );
  return ["| setting | unless given | accepts | what it is |", "|---|---|---|---|", ...rows].join("\n");
}
