import { aptInstall } from "../../system/apt.ts";
import { findPrograms } from "../../system/programs.ts";
import { isAtLeast, type NatsServerProgram, programAt } from "./version.ts";
import { passedOver, type Way } from "./way.ts";

/** The newest of the system's own programs, of any version. apt-get installs it if missing. */
export const systemPackage: Way = {
  downloads: true,
  async find({ env, folders, canInstall, say }) {
    const find = () => findPrograms("nats-server", env.PATH, folders);
    let paths = find();
    if (paths.length === 0) {
      if (!canInstall) return passedOver("apt-get can't install it: this is not root on Debian or Ubuntu");
      if (!(await aptInstall("nats-server", say, env))) return passedOver("apt-get could not install it");
      paths = find();
    }
    if (paths.length === 0) return passedOver("apt-get installed a package without the program");
    const failures: string[] = [];
    let newest: NatsServerProgram | undefined;
    for (const path of paths) {
      try {
        const program = await programAt(path);
        if (newest === undefined || !isAtLeast(newest.version, program.version)) newest = program;
      } catch (error) {
        failures.push(`${path} can't be used: ${(error as Error).message}`);
      }
    }
    return newest ?? passedOver(failures.join("; "));
  },
};
