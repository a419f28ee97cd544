import type { SettingsCheck } from "./check.ts";
import { named, type PathKey, readNamed } from "./path.node.ts";

/** Both blocks of a credentials file, as `nsc generate creds` writes it. */
const BLOCKS = [/^-+BEGIN NATS USER JWT-+\s+\S+/m, /^-+BEGIN USER NKEY SEED-+\s+SU\S+/m];
const ADVICE = "give the file that `nsc generate creds` wrote";

export function credentialsFile(key: PathKey): SettingsCheck["problem"] {
  return ({ [key]: path }) => {
    if (path === undefined) return undefined;
    const file = readNamed(key, path, ADVICE);
    if ("problem" in file) return file.problem;
    if (BLOCKS.every((block) => block.test(file.text))) return undefined;
    return `${named(key, path)}, which is no NATS credentials file (a user JWT and its seed); ${ADVICE}`;
  };
}
