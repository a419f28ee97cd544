import { join } from "node:path";

/** The bundle of a program. @param source the program's path in the repository */
export function bundleOf(source: string, folder: string): string {
  return join(folder, `${bundleName(source)}.mjs`);
}

export function bundleName(source: string): string {
  return source.replace(/\.ts$/, "").replaceAll("/", "-");
}
