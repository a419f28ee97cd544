import { readdir } from "node:fs/promises";
import { defineConfig, type Plugin } from "vite";
import { compressFiles, removeOthers } from "./build/compress.ts";
import { thirdPartyLicences } from "./build/third-party.ts";

const system = "http://127.0.0.1:8080";

/**
 * Modules that pages share. A chunk for each set of pages would be 118 files, half of them smaller than 2 kB: the page of the
 * fleet would load 34 scripts. With small chunks merged it loads 18, and 4 % more bytes.
 */
const SHARED = "shared";

/** Gateways serve the directory during a build, so old files stay until all new files are complete. */
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
  // Relative addresses: the pages may be served under any path.
  base: "./",
  plugins: [thirdPartyLicences(), compressed()],
  build: {
    emptyOutDir: false,
    // No data: URLs: the Content-Security-Policy allows them for images, but not for `fetch`.
    assetsInlineLimit: 0,
    target: "es2023",
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      output: {
        // The names of such chunks list the pages that share them, and have characters that gateways do not serve.
        chunkFileNames: ({ name }) => `assets/${name.startsWith(SHARED) ? SHARED : "[name]"}-[hash].js`,
        codeSplitting: {
          groups: [
            { name: "first", tags: ["$initial"], priority: 1 },
            { name: SHARED, minShareCount: 2, entriesAware: true, entriesAwareMergeThreshold: 5_000 },
          ],
        },
      },
    },
  },
  server: { proxy: { "/api": system, "/live": { target: system, ws: true } } },
});
