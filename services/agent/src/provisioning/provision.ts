import { rootCertificates } from "node:tls";
import type { ProvisionedBundle, ProvisionPayload } from "@fleetlog/protocol";
import { identityFile } from "../identity/identity-file.ts";
import { signingRequest } from "../identity/signing-request.ts";
import { DEFAULT_AGENT_LIMITS } from "../limits.ts";
import type { TlsFiles } from "../proxy/tunnel.ts";
import { transportTo } from "../transport/select.ts";
import { ConnectError } from "../transport/transport.ts";
import { connectToProvision, type ProvisioningConnection, ProvisionRefusal } from "./connection.ts";
import { download } from "./download.ts";
import { IdentityFiles, type ProvisionedIdentity } from "./identity.ts";
import type { ProvisioningSettings } from "./settings.ts";
import { signatureVerifier } from "./verify.ts";

export interface ProvisionOptions {
  readonly settings: ProvisioningSettings;
  readonly onProvisioned: () => void;
  /** Default: the configuration is only stored in the data folder. */
  readonly configure?: (values: Readonly<Record<string, unknown>>) => void | Promise<void>;
  /** Installs a fetched bundle. Default: it stays in its file. */
  readonly install?: (bundle: ProvisionedBundle, file: string) => void | Promise<void>;
  readonly log?: (message: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * Repeats failed attempts. An interrupted device continues at its next start.
 * @throws Error after the last attempt, or when the signal is aborted
 */
export async function provision(options: ProvisionOptions): Promise<ProvisionedIdentity> {
  const { settings, signal, log = () => {} } = options;
  const { retryMaxAttempts, retryIntervalMs } = settings;
  for (let attempt = 0; ; attempt++) {
    signal?.throwIfAborted();
    try {
      return await attemptOnce(options);
    } catch (error) {
      signal?.throwIfAborted();
      const why = error instanceof Error ? error.message : String(error);
      if (retryMaxAttempts !== -1 && attempt >= retryMaxAttempts) throw error;
      log(`not provisioned: ${why}; trying again in ${retryIntervalMs} ms`);
      await pause(retryIntervalMs, signal);
    }
  }
}

async function attemptOnce(options: ProvisionOptions): Promise<ProvisionedIdentity> {
  const { settings, log = () => {} } = options;
  const files = new IdentityFiles(settings.data);
  const { prepared } = files;
  // The device was interrupted before it knew whether its log-in had succeeded, so it tries that log-in again first.
  if (prepared !== undefined) {
    const identity = await logIn(settings, prepared, files).catch((error: unknown) => {
      log(`could not log in as ${prepared.device}: ${error instanceof Error ? error.message : String(error)}`);
      if (isRefused(error)) files.dropPrepared();
    });
    if (identity !== undefined) return finish(options, files, identity);
  }
  const connection = await connectToProvision({ ...settings, tls: enrolling(settings) });
  let payload: ProvisionPayload;
  try {
    payload = await asked(connection, settings, files);
    log(`accepted as ${payload.device}`);
    await prepare(connection, payload, options, files);
    files.keepPrepared(payload);
  } finally {
    await connection.close();
  }
  return finish(options, files, await logIn(settings, payload, files));
}

async function asked(
  connection: ProvisioningConnection,
  settings: ProvisioningSettings,
  files: IdentityFiles,
): Promise<ProvisionPayload> {
  const { accountName, activationKey, certificate, clientId, model, serial, caAuthentication, ca = "" } = settings;
  const jws = await connection.ask({
    account: accountName as "provision",
    ...(activationKey !== undefined && { activationKey }),
    // The device's id is not known yet, and the platform also accepts the client id as common name.
    ...(certificate === true && { csr: signingRequest(clientId, files.key) }),
    ...(model !== undefined && { model }),
    serial,
  });
  if (!caAuthentication) return JSON.parse(Buffer.from(jws.split(".")[1] ?? "", "base64url").toString());
  return signatureVerifier(ca, Date.now).payload(jws) as ProvisionPayload;
}

async function prepare(
  connection: ProvisioningConnection,
  { configuration, bundles }: ProvisionPayload,
  { settings, configure, install }: ProvisionOptions,
  files: IdentityFiles,
): Promise<void> {
  const report = (progress: Parameters<ProvisioningConnection["progress"]>[0]) =>
    connection.progress(progress).catch((error: unknown) => {
      // A refusal means that an earlier attempt has reported this state already.
      if (!(error instanceof ProvisionRefusal)) throw error;
    });
  try {
    if (configuration !== undefined) {
      await report({ state: "CONF_UPDATING" });
      await configure?.(configuration);
      files.keepConfiguration(configuration);
      await report({ state: "CONF_UPDATED" });
    }
    for (const bundle of bundles) {
      await report({ state: "APPS_INSTALLING", bundle: bundle.name });
      const file = files.bundle(bundle.name, bundle.version);
      await download(bundle, file, { tls: trusting(settings), proxy: settings.proxy, timeoutMs: settings.timeoutMs });
      await install?.(bundle, file);
    }
    if (bundles.length > 0) await report({ state: "APPS_INSTALLED" });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    await report({ state: "FAILED", error: { code: "device", message } }).catch(() => {});
    throw error;
  }
}

async function logIn(
  settings: ProvisioningSettings,
  payload: ProvisionPayload,
  files: IdentityFiles,
): Promise<ProvisionedIdentity> {
  const { device, credential, endpoints, request } = payload;
  const isMqtt = new URL(settings.brokerUrl).protocol.startsWith("mqtt");
  const url = isMqtt && endpoints.mqtt !== undefined ? endpoints.mqtt : endpoints.websocket;
  const token = "token" in credential ? { token: credential.token } : {};
  if ("certificate" in credential) files.keepCertificate(credential.certificate);
  const shown = "certificate" in credential ? { identity: identityFile(files.certificateFile) } : token;
  const limits = { ...DEFAULT_AGENT_LIMITS, connectTimeoutMs: settings.timeoutMs };
  const { proxy } = settings;
  const transport = transportTo(
    { url, device, ...shown, tls: trusting(settings), ...(proxy !== undefined && { proxy }) },
    limits,
  );
  const link = await transport.connect({ onCommand() {}, onCancelled() {} }, new AbortController().signal);
  await link.close();
  return { device, ...token, url, request };
}

function finish(
  { onProvisioned }: ProvisionOptions,
  files: IdentityFiles,
  identity: ProvisionedIdentity,
): ProvisionedIdentity {
  files.keepIdentity(identity);
  onProvisioned();
  files.dropProvisioningFiles();
  return identity;
}

function isRefused(error: unknown): boolean {
  return error instanceof ConnectError && error.end.kind === "credentials";
}

export function trusting({ ca }: Pick<ProvisioningSettings, "ca">): Required<Pick<TlsFiles, "ca">> | object {
  return ca === undefined ? {} : { ca: [...rootCertificates, ca] };
}

/** The TLS files for the connection over which the device is provisioned. */
export function enrolling({ ca, enrolment }: Pick<ProvisioningSettings, "ca" | "enrolment">): TlsFiles {
  return { ...trusting({ ca }), ...(enrolment !== undefined && { cert: enrolment.cert, key: enrolment.key }) };
}

function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal?.addEventListener("abort", done);
  });
}
