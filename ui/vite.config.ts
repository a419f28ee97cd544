import { readdir } from "node:fs/promises";
import { defineConfig, type Plugin } from "vite";
import { compressFiles, removeOthers } from "./build/compress.ts";
import { thirdPartyLicences } from "./build/third-party.ts";

/** The system that `npm run dev` forwards requests to. */
const system = "http://127.0.0.1:8080";

/**
 * Gateways serve the directory while it is built, so the files of the last build stay until the new ones are complete.
 */
function compressed(): Plugin {
  return {
    name: "fleetlog-compressed",
    apply: "build",
    async writeBundle({ dir = "" }, bundle) {
      const files = [...Object.keys(bundle), ...(await readdir(this.environment.config.publicDir))];
      await compressFiles(dir, files);
      await removeOthers(dir, files);
    },
  };
}

export default defineConfig({
  // Addresses of files are relative to the page's <base>, so that the pages can be served under any path.
  base: "./",
  plugins: [thirdPartyLicences(), compressed()],
  build: {
    emptyOutDir: false,
    // No asset becomes a data: URL: the Content-Security-Policy allows these for images, but forbids to fetch them.
    assetsInlineLimit: 0,
    target: "es2023",
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: { proxy: { "/api": system, "/live": { target: system, ws: true } } },
});
