import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { Plugin } from "vite";
import { licensed, thirdParty } from "./licences.ts";

/** Where the licences of what the pages bring are served. */
export const THIRD_PARTY = "third-party.txt";

/** Writes the licences of all packages of which a script, style sheet or font is in the pages. */
export function thirdPartyLicences(): Plugin {
  return {
    name: "fleetlog-third-party",
    apply: "build",
    generateBundle(_, bundle) {
      const { root } = this.environment.config;
      // What a style sheet imports is no module, but the fonts of it are assets.
      const files = Object.values(bundle).flatMap((output) =>
        output.type === "chunk" ? output.moduleIds : output.originalFileNames.map((file) => resolve(root, file)),
      );
      const source = thirdParty("The pages of Fleetlog contain", packageFolders(files).map(licensed));
      this.emitFile({ type: "asset", fileName: THIRD_PARTY, source });
    },
  };
}

/** The folders of the installed packages that files belong to. */
export function packageFolders(files: readonly string[]): string[] {
  const paths = files.filter((file) => !file.startsWith("\0") && file.includes("/node_modules/"));
  return [...new Set(paths.map((file) => folderOf(dirname(file))))];
}

/** A package.json without a name only says how the files of its folder are to be read. */
function folderOf(folder: string): string {
  const file = join(folder, "package.json");
  if (existsSync(file) && "name" in JSON.parse(readFileSync(file, "utf8"))) return folder;
  return folderOf(dirname(folder));
}
