import { named, readableByAll, readNamed, type SettingsCheck } from "@fleetlog/runtime/node";

const BLOCKS = [/^-+BEGIN NATS USER JWT-+\s+\S+/m, /^-+BEGIN USER NKEY SEED-+\s+SU\S+/m];
const ADVICE = "give the file that `nsc generate creds` wrote";

export function credentialsFile<const K extends string>(key: K): SettingsCheck<{ readonly [P in K]?: string }> {
  return ({ [key]: path }) => {
    if (path === undefined) return undefined;
    const file = readNamed(key, path, ADVICE);
    if ("problem" in file) return file.problem;
    if (BLOCKS.every((block) => block.test(file.text))) return readableByAll(key, path);
    return `${named(key, path)}, which is no NATS credentials file (a user JWT and its seed); ${ADVICE}`;
  };
}
