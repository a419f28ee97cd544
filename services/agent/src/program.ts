#!/usr/bin/env node
import { join } from "node:path";
import { createAgent } from "./create-agent.ts";
import { identityFile } from "./identity/identity-file.ts";
import { silent } from "./logger.ts";
import { checkPorts, otherAddresses } from "./provisioning/check.ts";
import { type EnrolmentCertificate, expiryAdvice } from "./provisioning/enrolment-certificate.ts";
import { IdentityFiles, type ProvisionedIdentity } from "./provisioning/identity.ts";
import { provision, trusting } from "./provisioning/provision.ts";
import { type ProvisioningSettings, SettingsFile } from "./provisioning/settings.ts";
import { signatureVerifier, signedMessages } from "./provisioning/verify.ts";
import { fileStore } from "./store/file-store.ts";
import { systemd } from "./systemd/notify.ts";

const USAGE = `fleetlog-agent [check] [settings.json]

Provisions this device, and keeps it connected.
check: prints which addresses this device can reach.
Settings: FLEETLOG_AGENT_SETTINGS, or /etc/fleetlog-agent/settings.json.
`;
const DEFAULT_SETTINGS = "/etc/fleetlog-agent/settings.json";

const [first, ...rest] = process.argv.slice(2);
if (first === "--help" || first === "-h") {
  process.stdout.write(USAGE);
} else {
  const isCheck = first === "check";
  const path = (isCheck ? rest[0] : first) ?? process.env.FLEETLOG_AGENT_SETTINGS ?? DEFAULT_SETTINGS;
  await (isCheck ? check(path) : run(path)).catch((error: unknown) => {
    process.stderr.write(`fleetlog-agent: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  });
}

async function check(path: string): Promise<void> {
  const settings = new SettingsFile(path).read();
  const identity = new IdentityFiles(settings.data).identity;
  if (settings.enrolment !== undefined && identity === undefined) sayEnrolment(settings.enrolment);
  const found = await checkPorts([settings.brokerUrl, ...(identity === undefined ? [] : [identity.url])], settings);
  const isLost = found.some(({ problem }) => problem !== undefined);
  for (const { url, problem, advice } of found) {
    say(problem === undefined ? `reachable    ${url}` : `unreachable  ${url}: ${problem}`);
    if (advice !== undefined) say(`             ${advice}`);
  }
  if (!isLost) return;
  process.exitCode = 1;
  const others = await checkPorts(otherAddresses(found.map(({ url }) => url)), settings);
  for (const { url, problem } of others)
    if (problem === undefined) say(`reachable    ${url}: can also be used as broker-url`);
}

function sayEnrolment(certificate: EnrolmentCertificate): void {
  const { device, issuer, until } = certificate;
  say(`enrols by    the certificate of ${device}, issued by ${issuer}, valid until ${new Date(until).toISOString()}`);
  const advice = expiryAdvice(certificate, Date.now());
  if (advice === undefined) return;
  say(`             ${advice}`);
  process.exitCode = 1;
}

async function run(path: string): Promise<void> {
  const file = new SettingsFile(path);
  const settings = file.read();
  const stopping = new AbortController();
  const service = systemd({ logger: { ...silent, warn: (_, message) => say(message) } });
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      service.stopping();
      stopping.abort(new Error("stopped"));
    });
  }
  const files = new IdentityFiles(settings.data);
  const known = settings.provisioned ? files.identity : undefined;
  if (known === undefined && !settings.enabled)
    throw new Error("the device is not provisioned, and provisioning is not enabled");
  // A process that ended right after the provisioning may have left files that only the provisioning needs.
  if (known !== undefined) files.dropProvisioningFiles();
  service.ready();
  const onProvisioned = () => file.markProvisioned();
  const identity = known ?? (await provision({ settings, onProvisioned, log: say, signal: stopping.signal }));
  await stay(settings, identity, stopping.signal);
}

async function stay(settings: ProvisioningSettings, identity: ProvisionedIdentity, signal: AbortSignal): Promise<void> {
  const { caAuthentication, ca, proxy, data, model, serial } = settings;
  const { device, token, url } = identity;
  const store = fileStore(join(data, "store.jsonl"), { sync: true });
  const files = new IdentityFiles(data);
  const trust = ca === undefined ? undefined : files.trust(ca);
  const shown = () => identityFile(files.certificateFile, trust === undefined ? {} : { trust });
  const roots = () => trust?.roots ?? "";
  const agent = createAgent({
    ...{ url, device, store, tls: trusting(settings) },
    ...(token === undefined ? { identity: shown() } : { token }),
    ...(proxy !== undefined && { proxy }),
    ...(caAuthentication && { signed: signedMessages(signatureVerifier(roots, Date.now), device) }),
    profile: { ...(model !== undefined && { model }), serial },
    configuration: (values) => files.keepConfiguration(values),
  });
  agent.on("connected", () => say(`connected as ${device} to ${url}`));
  agent.on("waiting", ({ reason }, delayMs) =>
    say(`not connected: ${reason}; trying again in ${Math.round(delayMs)} ms`),
  );
  agent.start();
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
  await agent.stop();
  store.close();
}

function say(message: string): void {
  process.stdout.write(`${message}\n`);
}
