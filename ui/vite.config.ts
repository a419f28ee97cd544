import { defineConfig } from "vite";

/** What `npm run dev` talks to: a system that runs beside it. */
const system = "http://127.0.0.1:8080";

export default defineConfig({
  build: {
    // Content-Security-Policy lets images be data:, but what components fetch must come from the gateway.
    assetsInlineLimit: 0,
    target: "es2023",
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: { proxy: { "/api": system, "/live": { target: system, ws: true } } },
});
