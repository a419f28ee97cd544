import { findProgram, isExecutable } from "../../system/programs.ts";
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

export const onPath: Way = {
  downloads: false,
  async find({ env, folders }) {
    const path = findProgram("nats-server", env.PATH, folders);
    if (path === undefined) return passedOver("there is no nats-server on the PATH");
    try {
      const program = await programAt(path);
      if (isAtLeast(program.version, NEW_ENOUGH)) return program;
      return passedOver(`${path} is ${program.version}, older than ${NEW_ENOUGH}`);
    } catch (error) {
      return passedOver(`${path} can't be used: ${(error as Error).message}`);
    }
  },
};
