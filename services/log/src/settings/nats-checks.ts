import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import { environmentName, named, readableByAll, readNamed, type SettingsCheck } from "@fleetlog/runtime/node";

interface Given {
  readonly natsUrl?: string;
  readonly natsUser?: string;
  readonly natsPassword?: string;
  readonly natsToken?: string;
  readonly natsCreds?: string;
  readonly natsCa?: string;
  readonly natsCert?: string;
  readonly natsKey?: string;
}

function together(one: keyof Given, other: keyof Given, settings: Given): string | undefined {
  if ((settings[one] === undefined) === (settings[other] === undefined)) return undefined;
  const [given, missing] = settings[one] === undefined ? [other, one] : [one, other];
  return `${environmentName(given)} is given without ${environmentName(missing)}; give both, or neither`;
}

export const oneCredential: SettingsCheck<Given> = (settings) => {
  const missing = together("natsUser", "natsPassword", settings);
  if (missing !== undefined) return missing;
  const given = (["natsUser", "natsToken", "natsCreds"] as const).filter((key) => settings[key] !== undefined);
  return given.length > 1
    ? `${given.map(environmentName).join(" and ")} are given; NATS takes one kind of credential: leave out the others`
    : undefined;
};

export const noLoginInUrl: SettingsCheck<Given> = ({ natsUrl }) =>
  natsUrl?.includes("@")
    ? "FLEETLOG_NATS_URL has a user name or token in it; give them in FLEETLOG_NATS_USER and FLEETLOG_NATS_PASSWORD, or in FLEETLOG_NATS_TOKEN"
    : undefined;

export const tlsFiles: SettingsCheck<Given> = (settings) => {
  const missing = together("natsCert", "natsKey", settings);
  if (missing !== undefined) return missing;
  const { natsCert, natsKey } = settings;
  return (
    pemFile("natsCa", "certificate of an authority", (text) => new X509Certificate(text), settings) ??
    pemFile("natsCert", "certificate", (text) => new X509Certificate(text), settings) ??
    pemFile("natsKey", "private key without a passphrase", (text) => createPrivateKey(text), settings) ??
    (natsCert === undefined || natsKey === undefined ? undefined : pairProblem(natsCert, natsKey)) ??
    (natsKey === undefined ? undefined : readableByAll("natsKey", natsKey))
  );
};

function pemFile(
  key: "natsCa" | "natsCert" | "natsKey",
  what: string,
  read: (text: string) => unknown,
  { [key]: path }: Given,
): string | undefined {
  if (path === undefined) return undefined;
  const advice = `give a PEM file with the ${what}`;
  const file = readNamed(key, path, advice);
  if ("problem" in file) return file.problem;
  try {
    read(file.text);
    return undefined;
  } catch {
    return `${named(key, path)}, which holds no PEM ${what} that can be read; ${advice}`;
  }
}

function pairProblem(certPath: string, keyPath: string): string | undefined {
  try {
    createSecureContext({ cert: readFileSync(certPath), key: readFileSync(keyPath) });
    return undefined;
  } catch (error) {
    return `${named("natsKey", keyPath)}, which can't be used with FLEETLOG_NATS_CERT: ${(error as Error).message}`;
  }
}
