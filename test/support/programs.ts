import { dockerAnswers, findChromium, findProgram } from "@fleetlog/infra/programs";

/** Whether the suites that use mosquitto_pub and mosquitto_sub can run: `describe.skipIf(!hasMosquitto)`. */
export const hasMosquitto = findProgram("mosquitto_pub") !== undefined && findProgram("mosquitto_sub") !== undefined;

/** Whether the suites that use containers can run. */
export const hasDocker = dockerAnswers();

/** The browser of the suites that use one; undefined if there is none. */
export const chromiumPath = findChromium();
export const hasChromium = chromiumPath !== undefined;
