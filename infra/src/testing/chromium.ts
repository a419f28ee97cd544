import { aptInstall, aptInstallKnown } from "../system/apt.ts";
import { findChromium, findProgram } from "../system/programs.ts";

const HEADLESS_SHELL = "chromium-headless-shell";

/**
 * Installs Debian's headless shell, also beside a whole Chromium, because suites in the shell take half of its processor
 * time. Elsewhere, such as on Ubuntu, installs Chromium if there is none.
 *
 * @param canInstall see `canAptInstall`
 * @returns the Chromium for the suites; undefined if none runs
 */
export async function ensureChromium(
  canInstall: boolean,
  say: (line: string) => void,
  env: NodeJS.ProcessEnv = process.env,
): Promise<string | undefined> {
  const find = () => findChromium(env.PATH);
  if (!canInstall) return find();
  if (findProgram(HEADLESS_SHELL, env.PATH) === undefined) {
    // If there is a Chromium, the lists of packages are not fetched for the shell: a system without a package of the
    // shell would fetch them in each run.
    const install = find() === undefined ? aptInstall : aptInstallKnown;
    await install(HEADLESS_SHELL, say, env);
  }
  if (find() === undefined) await aptInstall("chromium", say, env);
  return find();
}
