import { join } from "node:path";

/** The bundle of a program. @param source the program's path in the repository */
export function bundleOf(source: string, folder: string): string {
  return join(folder, `${source.replace(/\.ts$/, "").replaceAll("/", "-")}.mjs`);
}
