import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** Folders of all installed packages, without Fleetlog's own, which are links. */
export function installedPackages(folder: string): string[] {
  const modules = join(folder, "node_modules");
  if (!existsSync(modules)) return [];
  return readdirSync(modules, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
    .flatMap(({ name }) =>
      name.startsWith("@")
        ? readdirSync(join(modules, name), { withFileTypes: true })
            .filter((entry) => entry.isDirectory())
            .map((entry) => join(name, entry.name))
        : [name],
    )
    .map((name) => join(modules, name))
    .flatMap((each) => [each, ...installedPackages(each)]);
}
