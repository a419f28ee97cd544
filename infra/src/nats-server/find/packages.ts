import { aptInstall } from "../../system/apt.ts";
import { findProgram } from "../../system/programs.ts";
import { programAt } from "./version.ts";
import { passedOver, type Way } from "./way.ts";

/** The system's own package, of any version. apt-get installs it if missing. */
export const systemPackage: Way = {
  downloads: true,
  async find({ env, folders, canInstall, say }) {
    const find = () => findProgram("nats-server", env.PATH, folders);
    let path = find();
    if (path === undefined) {
      if (!canInstall) return passedOver("apt-get can't install it: this is not root on Debian or Ubuntu");
      if (!(await aptInstall("nats-server", say, env))) return passedOver("apt-get could not install it");
      path = find();
    }
    if (path === undefined) return passedOver("apt-get installed a package without the program");
    try {
      return await programAt(path);
    } catch (error) {
      return passedOver(`${path} can't be used: ${(error as Error).message}`);
    }
  },
};
