import { dockerAnswers, findChromium, findProgram } from "@fleetlog/infra/programs";

/** The browser of the suites that use one; undefined if there is none. */
export const chromiumPath = findChromium();
export const hasChromium = chromiumPath !== undefined;

/** Optional programs, and the reason for a skip where one is missing. A suite that uses one is declared by `suiteWith`. */
export const optionalPrograms = {
  chromium: { found: () => hasChromium, lack: "Chromium is not installed" },
  docker: { found: dockerAnswers, lack: "no Docker engine answers" },
  mosquitto: {
    found: () => findProgram("mosquitto_pub") !== undefined && findProgram("mosquitto_sub") !== undefined,
    lack: "not installed: apt-get install mosquitto-clients",
  },
} as const;

export type OptionalProgram = keyof typeof optionalPrograms;
