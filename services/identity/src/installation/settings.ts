import { resolve } from "node:path";
import {
  dataPathSettings,
  named,
  optionalPath,
  type Setting,
  type SettingsCheck,
  type SettingsOf,
  slice,
} from "@fleetlog/runtime/node";
import { KEY_FORMAT, parseKey } from "./key.ts";
import { keyFileIn, readKeyFile } from "./key-file.ts";

const installationKey: Setting<string | undefined> = {
  description:
    "The key that seals secrets and personal data, the same for all nodes; without the key they can't be read, so keep a copy",
  accepts: KEY_FORMAT,
  defaultText: "made once, in the data folder",
  fallback: undefined,
  secret: true,
  read: (text) => (parseKey(text) === undefined ? undefined : text),
};

interface Given {
  readonly installationKey?: string;
  readonly installationKeyFile?: string;
  readonly dataDir: string;
}

const usable: SettingsCheck<Given> = ({ installationKey, installationKeyFile, dataDir }) => {
  if (installationKey !== undefined) {
    if (installationKeyFile === undefined) return undefined;
    return "FLEETLOG_INSTALLATION_KEY and FLEETLOG_INSTALLATION_KEY_FILE are both given; give one of them";
  }
  const found = readKeyFile(installationKeyFile === undefined ? keyFileIn(dataDir) : resolve(installationKeyFile));
  if (found === undefined) {
    if (installationKeyFile === undefined) return undefined;
    return `${named("installationKeyFile", installationKeyFile)}, which does not exist; give the file with the installation key`;
  }
  return "problem" in found ? found.problem : undefined;
};

export const installationSettings = slice({
  uses: [dataPathSettings],
  own: {
    installationKey,
    installationKeyFile: optionalPath(
      "File with the installation key, which no other user can read; instead of the key itself",
    ),
  },
  checks: [usable],
});
export type InstallationSettings = SettingsOf<typeof installationSettings>;
