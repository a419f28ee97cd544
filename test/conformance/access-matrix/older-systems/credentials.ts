import { randomBytes } from "node:crypto";
import type { IClientOptions } from "mqtt";
import type { Api } from "../../../support/api.ts";
import { Authority } from "../../../support/certificates.ts";
import { registerBoard } from "../../../support/libpyiotcloud.ts";
import { createRequest } from "../../../support/provisioning.ts";

/** Values of the placeholders in a dialect's topics. */
export type Names = Readonly<Record<"clientId" | "account" | "requester", string>>;

/** A client's credential for a device. */
export interface OlderShown {
  readonly kind: string;
  readonly device: string;
  readonly names: Names;
  readonly client: IClientOptions;
}

export type NamesDialect = "tpedm" | "kura";

export const PLANT = "plant";
const PASSWORD = "password-of-an-older-system";
const GUEST = { username: "guest", password: "guest" };
let count = 0;

const namesOf = (clientId: string): Names => ({ clientId, account: PLANT, requester: "fleetlog" });
const ago = (seconds: number) => new Date(Date.now() - seconds * 1_000);

interface Registered {
  readonly id: string;
  readonly clientId: string;
  readonly username: string;
  readonly password: string;
}

/** A device that logs in with client id, user name and password. @param account of Fleetlog */
export async function registerNamed(api: Api, dialect: NamesDialect, account = "main"): Promise<Registered> {
  const clientId = `${dialect}-${++count}`;
  const username = `user-of-${clientId}`;
  const password = `${PASSWORD}-${count}`;
  const login = { ...(dialect === "kura" && { account: PLANT }), clientId, userName: username, password };
  const answer = await api.call<{ id: string }>("POST", "/api/devices", { dialect, account, login });
  if (answer.status !== 201) throw new Error(`registering ${clientId} answered ${answer.status}`);
  return { id: answer.body.id, clientId, username, password };
}

async function native(api: Api): Promise<{ readonly id: string; readonly token: string }> {
  const id = `native-${++count}`;
  return { id, token: await api.register(id) };
}

async function nativeCertificate(api: Api): Promise<{ readonly cert: string; readonly key: string }> {
  const { id } = await native(api);
  const { body } = await api.call<{ certificate: string; key: string }>(
    "POST",
    `/api/devices/${id}/certificates`,
    null,
  );
  return { cert: body.certificate, key: body.key };
}

async function provisioningOnly(api: Api): Promise<OlderShown> {
  const id = `newcomer-${++count}`;
  const { password } = await createRequest(api, id);
  const client = { clientId: id, username: `user-${id}`, password };
  return { kind: "provisioning only", device: id, names: namesOf(id), client };
}

/** A device of each dialect that uses MQTT, with its valid credential. The kind is the dialect's name. */
export async function validLogins(api: Api): Promise<OlderShown[]> {
  const { id, token } = await native(api);
  const client = { clientId: id, username: id, password: token };
  const board = await registerBoard(api);
  const named = await Promise.all((["tpedm", "kura"] as const).map((dialect) => registerNamed(api, dialect)));
  return [
    { kind: "native", device: id, names: namesOf(id), client },
    {
      kind: "libpyiotcloud",
      device: board.id,
      names: namesOf(board.id),
      client: { clientId: board.id, ...GUEST, cert: board.certificate, key: board.key },
    },
    ...named.map(({ id: device, ...login }) => ({
      kind: device.includes(":") ? "kura" : "tpedm",
      device,
      names: namesOf(login.clientId),
      client: login,
    })),
  ];
}

/** Invalid credentials, one of each kind, each for a new board. The gateway trusts its own authority and `authority`. */
export async function boardCredentials(api: Api, authority: Authority): Promise<OlderShown[]> {
  const board = async () => {
    const { id, certificate: cert, key } = await registerBoard(api);
    return { id, cert, key };
  };
  const shown = (kind: string, device: string, client: IClientOptions): OlderShown => ({
    ...{ kind, device, names: namesOf(device) },
    client: { clientId: device, ...GUEST, ...client },
  });
  const given = randomBytes(20).toString("hex");
  await registerBoard(api, { id: given });
  const plain = await board();
  const other = await board();
  const revoked = await board();
  const list = `/api/devices/${revoked.id}/certificates`;
  const { body } = await api.call<{ items: readonly { serial: string }[] }>("GET", list);
  await api.call("DELETE", `${list}/${body.items[0]?.serial}`);
  const retired = await board();
  await api.call("DELETE", `/api/devices/${retired.id}`);
  return [
    shown("certificate of a given authority", given, authority.issue({ names: [given] })),
    shown("no certificate", plain.id, {}),
    shown("expired certificate", given, authority.issue({ names: [given], notBefore: ago(20), notAfter: ago(10) })),
    shown("revoked certificate", revoked.id, revoked),
    shown("foreign certificate", plain.id, new Authority("Other CA").issue({ names: [plain.id] })),
    shown("retired certificate", retired.id, retired),
    shown("another's certificate", plain.id, other),
    shown("a native device's certificate", plain.id, await nativeCertificate(api)),
    shown("a native device's token", plain.id, { username: plain.id, password: (await native(api)).token }),
    await provisioningOnly(api),
  ];
}

/** Invalid credentials, one of each kind, each for a new device that logs in with client id, user name and password. */
export async function namedCredentials(api: Api, dialect: NamesDialect, authority: Authority): Promise<OlderShown[]> {
  const shown = (kind: string, { id, ...login }: Registered, client: Partial<IClientOptions> = {}): OlderShown => ({
    ...{ kind, device: id, names: namesOf(login.clientId) },
    client: { ...login, ...client },
  });
  const [plain, other, replaced, retired] = [
    await registerNamed(api, dialect),
    await registerNamed(api, dialect),
    await registerNamed(api, dialect),
    await registerNamed(api, dialect),
  ];
  const login = { ...(dialect === "kura" && { account: PLANT }), clientId: replaced.clientId };
  const changed = await api.call("PUT", `/api/devices/${replaced.id}/login`, {
    login: { ...login, userName: replaced.username, password: "a-new-password" },
  });
  if (changed.status >= 300) throw new Error(`changing a password answered ${changed.status}`);
  await api.call("DELETE", `/api/devices/${retired.id}`);
  const { password: _, ...named } = plain;
  const { username, password } = other;
  return [
    { ...shown("no password", plain), client: { clientId: named.clientId, username: named.username } },
    shown("wrong password", plain, { password: "wrong" }),
    shown("replaced password", replaced),
    shown("retired names", retired),
    shown("another's user name and password", plain, { username, password }),
    shown("another's client id", other, { clientId: plain.clientId }),
    shown("a native device's token", plain, { password: (await native(api)).token }),
    {
      ...shown("a certificate of its id", plain),
      client: { clientId: plain.clientId, username: plain.username, ...authority.issue({ names: [plain.id] }) },
    },
    await provisioningOnly(api),
  ];
}
