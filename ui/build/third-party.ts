import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { Plugin } from "vite";
import { licensed, thirdParty } from "./licences.ts";

/** The file with the licences of the third-party packages that the pages contain. */
export const THIRD_PARTY = "third-party.txt";

/** Writes the licences of all packages of which a script, style sheet or font is in the pages. */
export function thirdPartyLicences(): Plugin {
  return {
    name: "fleetlog-third-party",
    apply: "build",
    generateBundle(_, bundle) {
      const { root } = this.environment.config;
      // The files that a style sheet imports are no modules, but the fonts among them are assets.
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

/** Passes over a package.json without a name: it only says how the files of its folder are to be read. */
function folderOf(folder: string): string {
  const file = join(folder, "package.json");
  if (existsSync(file) && "name" in JSON.parse(readFileSync(file, "utf8"))) return folder;
  return folderOf(dirname(folder));
}
