import type { Annotations } from "./kinds.ts";
import { environmentName, Settings } from "./schema.ts";

/** Every setting as a Markdown table, for documentation. */
export function settingsTable(): string {
  const rows = Object.entries(Settings.properties as unknown as Record<string, Annotations>).map(
    ([key, { description, accepts, defaultText }]) =>
      `| \`${environmentName(key)}\` | ${defaultText ?? ""} | ${accepts} | ${description} |`,
  );
  return ["| setting | unless given | accepts | what it is |", "|---|---|---|---|", ...rows].join("\n");
}
