import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { dirname, resolve } from "node:path";
import { parseDuration } from "@fleetlog/runtime";
import { readJson, writeDurably } from "../files/durable.ts";
import { type EnrolmentCertificate, readEnrolmentCertificate } from "./enrolment-certificate.ts";

/** The names are those of the settings file. */
export interface ProvisioningSettings {
  readonly enabled: boolean;
  readonly provisioned: boolean;
  readonly caAuthentication: boolean;
  /** `mqtts://…`, `mqtt://…`, `wss://…/device`, `ws://…/device`. */
  readonly brokerUrl: string;
  readonly accountName: string;
  readonly username: string;
  readonly password: string;
  readonly activationKey: string | undefined;
  /** Asks for a certificate in place of a token. The key is made on this device and stays there. */
  readonly certificate?: boolean;
  /** Certificate by which the device enrols. `password` is then not used. */
  readonly enrolment?: EnrolmentCertificate;
  readonly clientId: string;
  readonly timeoutMs: number;
  readonly retryIntervalMs: number;
  /** -1 means for ever. */
  readonly retryMaxAttempts: number;
  /** `http://[user:password@]host:port`, used with HTTP CONNECT. */
  readonly proxy: string | undefined;
  /** The platform's authority, in PEM. */
  readonly ca: string | undefined;
  readonly model: string | undefined;
  readonly serial: string;
  readonly data: string;
}

type Given = Readonly<Record<string, unknown>>;

/** After its provisioning the device itself writes `enabled` and `provisioned`. */
export class SettingsFile {
  readonly path: string;

  constructor(path: string) {
    this.path = resolve(path);
  }

  /** @throws Error that names the invalid setting */
  read(): ProvisioningSettings {
    const given = readJson(this.path);
    if (typeof given !== "object" || given === null) throw new Error(`${this.path} is not there, or is not JSON`);
    return settingsOf(given as Given, dirname(this.path));
  }

  markProvisioned(): void {
    const given = readJson(this.path) as Given;
    writeDurably(this.path, `${JSON.stringify({ ...given, enabled: false, provisioned: true }, undefined, 2)}\n`);
  }
}

export function settingsOf(given: Given, folder: string): ProvisioningSettings {
  const known = new Set(NAMES);
  const unknown = Object.keys(given).find((name) => !known.has(name));
  if (unknown !== undefined) throw new Error(`${unknown} is not a setting; there are ${NAMES.join(", ")}`);
  const text = (name: string): string | undefined => {
    const value = given[name];
    if (value !== undefined && (typeof value !== "string" || value === "")) throw wrong(name, "a text");
    return value as string | undefined;
  };
  const flag = (name: string, fallback: boolean): boolean => {
    const value = given[name] ?? fallback;
    if (typeof value !== "boolean") throw wrong(name, "true or false");
    return value;
  };
  const milliseconds = (name: string, fallback: number): number => {
    const value = given[name];
    if (value === undefined) return fallback;
    const read = typeof value === "number" ? value * 1_000 : parseDuration(String(value));
    if (read === undefined || !(read > 0)) throw wrong(name, "a duration such as 30s, or a number of seconds");
    return read;
  };
  const attempts = given["retry-max-attempts"] ?? -1;
  if (!Number.isSafeInteger(attempts) || (attempts as number) < -1) throw wrong("retry-max-attempts", "-1 or more");
  const serial = text("serial") ?? serialNumber();
  const mac = macAddress();
  const ca = text("ca");
  const brokerUrl = text("broker-url");
  if (brokerUrl === undefined || !/^(mqtts?|wss?):$/.test(URL.canParse(brokerUrl) ? new URL(brokerUrl).protocol : "")) {
    throw wrong("broker-url", "a URL with mqtts, mqtt, wss or ws");
  }
  const enrolment = enrolmentOf(folder, brokerUrl, text);
  const clientId = text("client-id") ?? enrolment?.device ?? mac;
  const { username, password } = loginOf(clientId, `${mac}-${serial}`, text);
  const caAuthentication = flag("ca-authentication", true);
  if (caAuthentication && ca === undefined) throw wrong("ca", "a file, if ca-authentication is on");
  return {
    enabled: flag("enabled", false),
    provisioned: flag("provisioned", false),
    caAuthentication,
    brokerUrl,
    accountName: text("account-name") ?? "provision",
    username,
    password,
    activationKey: text("activation-key"),
    certificate: flag("certificate", false),
    ...(enrolment !== undefined && { enrolment }),
    clientId,
    timeoutMs: milliseconds("timeout", 60_000),
    retryIntervalMs: milliseconds("retry-interval", 60_000),
    retryMaxAttempts: attempts as number,
    proxy: text("proxy"),
    ca: ca === undefined ? undefined : readFileSync(resolve(folder, ca), "utf8"),
    model: text("model"),
    serial,
    data: resolve(folder, text("data") ?? "fleetlog-agent"),
  };
}

/** The settings that have a credential; only one of them may be set. */
const WAYS_IN = ["password", "enrolment-secret", "claim-code", "enrolment-certificate"] as const;

/** With an enrolment group or a claim code, client id and user name are both the device's id. */
function loginOf(clientId: string, ownName: string, text: (name: string) => string | undefined) {
  const [password, secret, code, certificate] = WAYS_IN.map(text);
  if (WAYS_IN.filter((name) => text(name) !== undefined).length > 1)
    throw new Error(`only one of ${WAYS_IN.slice(0, -1).join(", ")} and ${WAYS_IN.at(-1)} can be set`);
  const own = secret === undefined && code === undefined && certificate === undefined;
  const username = text("username") ?? (own ? ownName : clientId);
  const key = secret === undefined ? undefined : derivedKey(secret, clientId);
  return { username, password: password ?? key ?? code ?? "" };
}

function enrolmentOf(folder: string, brokerUrl: string, text: (name: string) => string | undefined) {
  const [certificate, key] = [text("enrolment-certificate"), text("enrolment-key")];
  if (certificate === undefined) {
    if (key !== undefined) throw wrong("enrolment-certificate", "a file, if enrolment-key is set");
    return undefined;
  }
  const found = readEnrolmentCertificate(
    resolve(folder, certificate),
    key === undefined ? undefined : resolve(folder, key),
  );
  if (!/^(mqtts|wss):/.test(brokerUrl)) throw wrong("broker-url", "mqtts or wss, if enrolment-certificate is set");
  for (const name of ["client-id", "username"])
    if ((text(name) ?? found.device) !== found.device)
      throw wrong(name, `the certificate's common name (${found.device}), or left out`);
  return found;
}

/** `<group>.<HMAC-SHA-256 of the device id in base64url>`: the secret itself is not sent. */
function derivedKey(secret: string, device: string): string {
  const [group] = secret.split(".");
  return `${group}.${createHmac("sha256", secret).update(device).digest("base64url")}`;
}

const NAMES = [
  "enabled",
  "provisioned",
  "ca-authentication",
  "broker-url",
  "account-name",
  "username",
  "password",
  "enrolment-secret",
  "claim-code",
  "enrolment-certificate",
  "enrolment-key",
  "activation-key",
  "certificate",
  "client-id",
  "timeout",
  "retry-interval",
  "retry-max-attempts",
  "proxy",
  "ca",
  "model",
  "serial",
  "data",
] as const as readonly string[];

function wrong(name: string, accepts: string): Error {
  return new Error(`${name} must be ${accepts}`);
}

/** The address of the first external network interface, without colons. */
function macAddress(): string {
  for (const addresses of Object.values(networkInterfaces())) {
    const mac = addresses?.find(({ internal, mac }) => !internal && !/^[0:]+$/.test(mac))?.mac;
    if (mac !== undefined) return mac.replaceAll(":", "").toUpperCase();
  }
  return "000000000000";
}

const SERIALS = [
  "/sys/firmware/devicetree/base/serial-number",
  "/sys/class/dmi/id/product_serial",
  "/etc/machine-id",
] as const;

function serialNumber(): string {
  for (const file of SERIALS) {
    try {
      const serial = readFileSync(file, "utf8").replaceAll(/[\0\s]/g, "");
      if (serial !== "") return serial;
    } catch {
      // Try the next file.
    }
  }
  return "unknown";
}
