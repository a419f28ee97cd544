import { findPrograms, isExecutable } from "../../system/programs.ts";
import { isAtLeast, NEW_ENOUGH, programAt } from "./version.ts";
import { passedOver, type Way } from "./way.ts";

export const named: Way = {
  downloads: false,
  async find({ env: { NATS_SERVER_BIN: path } }) {
    if (path === undefined || path === "") return passedOver();
    if (!isExecutable(path)) throw new Error(`NATS_SERVER_BIN is ${path}, which is not an executable file`);
    return programAt(path);
  },
};

/** The first that is new enough: an old package of the system may come before it. */
export const onPath: Way = {
  downloads: false,
  async find({ env, folders }) {
    const reasons: string[] = [];
    for (const path of findPrograms("nats-server", env.PATH, folders)) {
      try {
        const program = await programAt(path);
        if (isAtLeast(program.version, NEW_ENOUGH)) return program;
        reasons.push(`${path} is ${program.version}, older than ${NEW_ENOUGH}`);
      } catch (error) {
        reasons.push(`${path} can't be used: ${(error as Error).message}`);
      }
    }
    return passedOver(reasons.length === 0 ? "there is no nats-server on the PATH" : reasons.join("; "));
  },
};
