import { DEVICE_PATH } from "@fleetlog/protocol";
import { type IClientOptions, type MqttClient, connect as mqttConnect } from "mqtt";
import type { Api } from "../../support/api.ts";
import { type Authority, signingRequest } from "../../support/certificates.ts";
import { createRequest } from "../../support/provisioning.ts";
import { RawWebSocket } from "../../support/raw-websocket.ts";
import { claimCode, enrolmentGroup } from "./onboarding.ts";

interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** A client's credential for a device. */
export interface Shown {
  readonly kind: string;
  readonly device: string;
  readonly token?: string;
  readonly certificate?: Certificate;
  /** Shown in a log-in call, after a connection without credentials. */
  readonly laterToken?: string;
  /** User name of an open provision request, whose client id is `device`. */
  readonly userName?: string;
  /** The only protocol to try, since the device is provisioned once. */
  readonly protocol?: "mqtt" | "websocket";
  /** The device's progress report; default: it is about to apply its configuration. */
  readonly progress?: object;
}

/** For a device without configuration and bundles. */
const FAILED = { state: "FAILED", error: { code: "internal", message: "no room" } };

export interface Ports {
  readonly https: number;
  readonly mqtts: number;
  readonly ca: string;
}

/** One credential of each kind, each for a new device. The gateway trusts its own authority and `authority`. */
export async function credentials(api: Api, authority: Authority, foreign: Authority): Promise<Shown[]> {
  let count = 0;
  const device = async () => {
    const id = `device-${++count}`;
    const token = await api.register(id);
    await api.call("PUT", `/api/devices/${id}/configuration`, { values: { interval: 5 } });
    return { id, token };
  };
  const issued = async (id: string) => {
    const { body } = await api.call<{ serial: string; certificate: string; key: string }>(
      "POST",
      `/api/devices/${id}/certificates`,
      null,
    );
    return { serial: body.serial, cert: body.certificate, key: body.key };
  };
  const retire = (id: string) => api.call("DELETE", `/api/devices/${id}`);
  const ago = (seconds: number) => new Date(Date.now() - seconds * 1_000);

  const byToken = await device();
  const byCertificate = await device();
  const none = await device();
  const wrong = await device();
  const replaced = await device();
  await api.call("POST", `/api/devices/${replaced.id}/token`);
  const expired = await device();
  const revoked = await device();
  const revokedCertificate = await issued(revoked.id);
  await api.call("DELETE", `/api/devices/${revoked.id}/certificates/${revokedCertificate.serial}`);
  const retired = await device();
  await retire(retired.id);
  const retiredCertified = await device();
  const retiredCertificate = await issued(retiredCertified.id);
  await retire(retiredCertified.id);
  const other = await device();
  const newcomer = async (protocol: "mqtt" | "websocket"): Promise<Shown> => {
    const id = `newcomer-${protocol}`;
    const { password } = await createRequest(api, id, { configuration: { interval: 5 } });
    return { kind: "provisioning only", device: id, userName: `user-${id}`, token: password, protocol };
  };
  const enrolled = async (kind: string, protocol: "mqtt" | "websocket", token: string): Promise<Shown> => {
    const id = `${kind.replace(" ", "-")}-${protocol}`;
    return { kind, device: id, userName: id, token, protocol, progress: FAILED };
  };
  const claimed = async () => {
    const code = await claimCode(api);
    await api.call("POST", "/api/claims", { code });
    return code;
  };
  const { token: secret } = await enrolmentGroup(api);
  return [
    { kind: "token", device: byToken.id, token: byToken.token },
    {
      kind: "certificate",
      device: byCertificate.id,
      certificate: await issued(byCertificate.id),
      laterToken: byCertificate.token,
    },
    { kind: "none", device: none.id },
    { kind: "wrong token", device: wrong.id, token: "fld_d3Jvbmc.wrong" },
    { kind: "replaced token", device: replaced.id, token: replaced.token },
    {
      kind: "expired certificate",
      device: expired.id,
      certificate: authority.issue({ names: [expired.id], notBefore: ago(20), notAfter: ago(10) }),
    },
    { kind: "revoked certificate", device: revoked.id, certificate: revokedCertificate },
    { kind: "foreign certificate", device: none.id, certificate: foreign.issue({ names: [none.id] }) },
    { kind: "retired token", device: retired.id, token: retired.token },
    { kind: "retired certificate", device: retiredCertified.id, certificate: retiredCertificate },
    { kind: "another's token", device: other.id, token: byToken.token },
    { kind: "another's certificate", device: other.id, token: other.token, certificate: await issued(byToken.id) },
    await newcomer("mqtt"),
    await newcomer("websocket"),
    await enrolled("enrolment secret", "mqtt", secret),
    await enrolled("enrolment secret", "websocket", secret),
    await enrolled("claim code", "mqtt", await claimed()),
    await enrolled("claim code", "websocket", await claimed()),
  ];
}

export const METHOD_PARAMS: Readonly<Record<string, (shown: Shown, command: string) => unknown>> = {
  "rpc.login": ({ device, userName, token, laterToken = "" }) => ({ device, userName, token: token ?? laterToken }),
  "rpc.on": () => ["command"],
  "rpc.off": () => ["command"],
  __listMethods: () => undefined,
  "telemetry.report": () => ({ data: { celsius: 20 } }),
  "profile.report": () => ({ model: "M1" }),
  "event.report": () => ({ name: "opened", data: {} }),
  "command.progress": (_, id) => ({ id, percent: 50 }),
  "command.result": (_, id) => ({ id, ok: true }),
  "configuration.reported": () => ({ revision: 1, state: "applied" }),
  "certificate.renew": ({ device }) => ({ csr: signingRequest(device) }),
  "provision.request": () => ({}),
  "provision.progress": ({ progress }) => progress ?? { state: "CONF_UPDATING" },
};

export const PAYLOADS: Readonly<Record<string, (shown: Shown) => unknown>> = {
  "me/telemetry": () => ({ data: { celsius: 20 } }),
  "me/profile": () => ({ model: "M2" }),
  "me/event/+": () => ({ data: {} }),
  "me/command/+/progress": () => ({ percent: 50 }),
  "me/command/+/result": () => ({ ok: true }),
  "me/configuration/reported": () => ({ revision: 1, state: "applied" }),
  "me/certificate/renew": ({ device }) => ({ csr: signingRequest(device) }),
  "provision/request": () => ({}),
  "provision/progress": ({ progress }) => progress ?? { state: "CONF_UPDATING" },
};

export async function openWebSocket(
  { https, ca }: Ports,
  { device, token, userName, certificate }: Shown,
): Promise<RawWebSocket | undefined> {
  const authorization =
    token === undefined || userName !== undefined ? {} : { authorization: `Basic ${btoa(`${device}:${token}`)}` };
  const options = { headers: authorization, ca, ...certificate };
  return RawWebSocket.open(`wss://127.0.0.1:${https}${DEVICE_PATH}`, options).catch(() => undefined);
}

export function openMqtt(
  { mqtts, ca }: Ports,
  { device, token, userName, certificate }: Shown,
): Promise<MqttClient | undefined> {
  const options: IClientOptions = {
    ca,
    ...certificate,
    clientId: device,
    username: userName ?? device,
    ...(token !== undefined && { password: token }),
    protocolVersion: 5,
    reconnectPeriod: 0,
  };
  const client = mqttConnect(`mqtts://127.0.0.1:${mqtts}`, options);
  return new Promise((resolve) => {
    client.once("connect", () => resolve(client));
    for (const event of ["error", "close"] as const) client.on(event, () => resolve(undefined));
  });
}
