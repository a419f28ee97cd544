import { type Check, checker } from "@fleetlog/protocol";
import { configurationGet, configurationPut } from "./configuration.ts";
import { exec } from "./exec.ts";
import { bundlesList, packageDownload, packageInstall, packagesList, packageUninstall } from "./packages.ts";
import type { KuraRequest } from "./request.ts";

/** The commands of Kura's devices. */
export const REQUESTS: readonly KuraRequest[] = [
  exec,
  configurationGet,
  configurationPut,
  packagesList,
  packageDownload,
  packageInstall,
  packageUninstall,
  bundlesList,
];

interface CheckedRequest extends KuraRequest {
  readonly check: Check<unknown>;
}

const byName = new Map<string, CheckedRequest>(
  REQUESTS.map((request) => [request.name, { ...request, check: checker(request.params, "params", "parameter") }]),
);

export function requestOf(command: string): CheckedRequest | undefined {
  return byName.get(command);
}

/** The commands as a profile declares them. */
export function declaredFor(applications: readonly string[] | undefined): readonly object[] {
  return REQUESTS.filter(({ app }) => applications?.includes(app) ?? true).map(
    ({ name, title, params, exclusive }) => ({
      name,
      title,
      params: exclusive === undefined ? params : { ...params, oneOf: exclusive.map((one) => ({ required: [one] })) },
    }),
  );
}
