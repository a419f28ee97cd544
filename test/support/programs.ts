import { dockerAnswers, findProgram } from "@fleetlog/infra/programs";

/** Whether the suites that use mosquitto_pub and mosquitto_sub can run: `describe.skipIf(!hasMosquitto)`. */
export const hasMosquitto = findProgram("mosquitto_pub") !== undefined && findProgram("mosquitto_sub") !== undefined;

/** Whether the suites that use containers can run. */
export const hasDocker = dockerAnswers();
