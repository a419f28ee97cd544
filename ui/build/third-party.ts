import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { Plugin } from "vite";
import { licensed, thirdParty } from "./licences.ts";

export const THIRD_PARTY = "third-party.txt";

/** Writes the licence file for all packages whose scripts, style sheets or fonts are in the pages. */
export function thirdPartyLicences(): Plugin {
  return {
    name: "fleetlog-third-party",
    apply: "build",
    generateBundle(_, bundle) {
      const { root } = this.environment.config;
      // Style sheets that another style sheet imports are not modules, but their fonts are assets.
      const files = Object.values(bundle).flatMap((output) =>
        output.type === "chunk" ? output.moduleIds : output.originalFileNames.map((file) => resolve(root, file)),
      );
      const source = thirdParty("The pages of Fleetlog contain", packageFolders(files).map(licensed));
      this.emitFile({ type: "asset", fileName: THIRD_PARTY, source });
    },
  };
}

export function packageFolders(files: readonly string[]): string[] {
  const paths = files.filter((file) => !file.startsWith("\0") && file.includes("/node_modules/"));
  return [...new Set(paths.map((file) => folderOf(dirname(file))))];
}

/** Skips a package.json without a name: such a file only sets the module type of its folder. */
function folderOf(folder: string): string {
  const file = join(folder, "package.json");
  if (existsSync(file) && "name" in JSON.parse(readFileSync(file, "utf8"))) return folder;
  return folderOf(dirname(folder));
}
