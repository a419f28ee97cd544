import { execFileSync } from "node:child_process";
import { createHash, createPublicKey, verify, X509Certificate } from "node:crypto";
import { ProvisionLogins } from "@fleetlog/identity";
import { memoryBackbone } from "@fleetlog/log";
import type { ProvisionPayload } from "@fleetlog/protocol";
import { beforeEach, describe, expect, it } from "vitest";
import { createAccount } from "../accounts/change.ts";
import { deleteArtifact, storeArtifact } from "../artifacts/index.ts";
import { partCaller, personCaller } from "../caller.ts";
import { issueCertificate } from "../certificates/issue.ts";
import { renewCertificate } from "../certificates/renew.ts";
import { issueCommand } from "../commands/issue.ts";
import { setConfiguration } from "../configuration/set.ts";
import { moveDevice } from "../devices/move.ts";
import { registerDevice } from "../devices/register.ts";
import { reportProfile } from "../devices/report-profile.ts";
import { retireDevice } from "../devices/retire.ts";
import { rotateToken } from "../devices/rotate-token.ts";
import { openSession } from "../sessions/sessions.ts";
import { person, testCaller } from "../testing/callers.ts";
import { type TestFleet, testFleet } from "../testing/test-fleet.ts";
import {
  abandonProvisioning,
  acceptProvisioning,
  beginProvisioningSession,
  type CreateProvisionRequest,
  cleanUpProvisioning,
  completeProvisioning,
  createProvisionRequest,
  finishStop,
  loadProvisionRequest,
  logInProvisioning,
  renewActivationKey,
  reportProvisioning,
  stopProvisioning,
  timeOutProvisioning,
  usedByProvisioning,
} from "./index.ts";

const NOW = Date.parse("2026-11-28T12:00:00Z");
const operator = testCaller("ada", "c1");
const system = partCaller("provisioning");
const names = { clientId: "0090E8000001", userName: "0090E8000001-S1" };
let fleet: TestFleet;
beforeEach(async () => {
  fleet = await testFleet();
});

const create = (more: Partial<CreateProvisionRequest> = {}) =>
  createProvisionRequest(fleet, operator, { ...names, device: {}, ...more }, NOW);
const logIn = (password: string, more: { encrypted?: boolean; at?: number; userName?: string } = {}) => {
  const { encrypted = true, at = NOW, userName = names.userName } = more;
  return logInProvisioning(
    fleet,
    { clientId: names.clientId, userName, password, encrypted, protocol: "mqtt", address: "192.0.2.1:1" },
    at,
  );
};
const accept = async (id: string, ask: Parameters<typeof acceptProvisioning>[2] = {}, at = NOW) =>
  payloadOf((await acceptProvisioning(fleet, id, ask, at)).jws);
const stateOf = async (id: string) => (await loadProvisionRequest(fleet, id))?.state;
const tokenIn = ({ credential }: ProvisionPayload) => ("token" in credential ? credential.token : "");

/** Verifies the signature with the first certificate of the chain. */
function payloadOf(jws: string): ProvisionPayload {
  const [header = "", payload = "", signature = ""] = jws.split(".");
  const { x5c } = JSON.parse(Buffer.from(header, "base64url").toString());
  const key = createPublicKey(
    new X509Certificate(Buffer.from(x5c[0], "base64")).publicKey.export({ format: "pem", type: "spki" }),
  );
  const isSigned = verify(
    "sha256",
    Buffer.from(`${header}.${payload}`),
    { key, dsaEncoding: "ieee-p1363" },
    Buffer.from(signature, "base64url"),
  );
  expect(isSigned).toBe(true);
  return JSON.parse(Buffer.from(payload, "base64url").toString());
}

async function stored(name: string, version: string): Promise<string> {
  const bytes = Buffer.from(`${name} ${version}`);
  const request = {
    name,
    version,
    mediaType: "text/plain",
    bytes: (async function* () {
      yield bytes;
    })(),
    digests: {},
  };
  await storeArtifact(fleet, operator, request);
  return createHash("sha256").update(bytes).digest("hex");
}

describe("creating a provision request", () => {
  it("answers with its secrets, which are not in the log", async () => {
    const { id, password, activationKey } = await create({ generateActivationKey: true });
    expect(activationKey).toMatch(/^[A-Za-z0-9]{32}$/);
    const log = JSON.stringify(await fleet.events());
    expect(log).toContain("ProvisionRequestCreated");
    expect(log).not.toContain(password);
    expect(log).not.toContain(activationKey);
    expect(await loadProvisionRequest(fleet, id)).toMatchObject({
      state: "CREATED",
      maxRetries: 3,
      device: { id: names.clientId, tags: [] },
      account: "main",
    });
    expect((await create({ userName: "other", password: "given" })).password).toBe("given");
  });

  it("refuses names that another request took over while this creation was paused", async () => {
    const { logins } = fleet.provisioner;
    const add = logins.add.bind(logins);
    logins.add = async (login, ...more) => {
      logins.add = add;
      const holder = await add(login, ...more);
      await add(login, "other", { password: "x" }, async () => true);
      return holder;
    };
    await expect(create()).rejects.toMatchObject({ code: "provision-request-exists" });
    expect(await fleet.events("ProvisionRequestCreated")).toEqual([]);
    expect((await logins.holderOf(names))?.request).toBe("other");
  });

  it("answers with the request that a repeated run has created meanwhile, also if the request has already ended", async () => {
    const given = { id: "r-1", password: "given", activationKey: "" };
    const order = { ...names, device: {} };
    const run = () => createProvisionRequest(fleet, operator, order, NOW, given);
    const { logins } = fleet.provisioner;
    const add = logins.add.bind(logins);
    logins.add = async (...more) => {
      logins.add = add;
      const holder = await add(...more);
      await run();
      await stopProvisioning(fleet, operator, given.id);
      await cleanUpProvisioning(fleet, given.id, system);
      return holder;
    };
    expect(await run()).toMatchObject({ id: given.id, password: "given" });
    expect(await stateOf(given.id)).toBe("STOPPED");
  });

  it("refuses names of an open request or a registered device", async () => {
    const { id } = await create();
    await expect(create()).rejects.toMatchObject({ code: "provision-request-exists", field: "clientId" });
    await stopProvisioning(fleet, operator, id);
    expect((await create()).id).not.toBe(id);
    await registerDevice(fleet, operator, { id: "pump" });
    const own = { clientId: "pump", userName: "pump" };
    await expect(create(own)).rejects.toMatchObject({ code: "provision-request-exists" });
    expect((await create({ clientId: "pump" })).id).toBeTruthy();
    const { id: open } = await create({ clientId: "valve", userName: "valve" });
    const register = () => registerDevice(fleet, operator, { id: "valve" });
    await expect(register()).rejects.toMatchObject({ code: "provision-request-exists", field: "id" });
    await stopProvisioning(fleet, operator, open);
    expect((await register()).token).toBeTruthy();
    const two = await Promise.allSettled([1, 2].map(() => create({ clientId: "x" })));
    expect(two.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  });

  it("gets the names, or a simultaneous registration gets them, but never both", async () => {
    const outcomes = new Set<string>();
    for (let round = 0; round < 200; round++) {
      const id = `same-${round}`;
      // This delays one of the calls by a number of steps that differs in each round.
      const later = async (steps: number) => {
        for (let step = 0; step < steps; step++) await Promise.resolve();
      };
      const both = await Promise.allSettled([
        later(Math.max(0, round - 100)).then(() => create({ clientId: id, userName: id })),
        later(Math.max(0, 100 - round)).then(() => registerDevice(fleet, operator, { id })),
      ]);
      const won = both.map(({ status }) => status);
      for (const one of both) {
        if (one.status === "rejected") expect(one.reason).toMatchObject({ code: "provision-request-exists" });
      }
      expect(won, id).not.toEqual(["fulfilled", "fulfilled"]);
      outcomes.add(won.join());
    }
    expect([...outcomes]).toEqual(expect.arrayContaining(["fulfilled,rejected", "rejected,fulfilled"]));
  }, 60_000);

  it("gives no device the names of a request whose creation was interrupted, until a minute has passed", async () => {
    const id = "0090E8000002";
    const login = { clientId: id, userName: id };
    await fleet.provisioner.logins.add(login, "interrupted", { password: "x" }, async () => false);
    const exists = { code: "provision-request-exists" };
    await expect(registerDevice(fleet, operator, { id })).rejects.toMatchObject(exists);
    const earlier = new ProvisionLogins(fleet.backbone.buckets, { hash: () => "" }, () => Date.now() - 61_000);
    await earlier.add(login, "interrupted", { password: "x" }, async () => false);
    await registerDevice(fleet, operator, { id });
  });

  it("frees the names again if a device with these names is registered", async () => {
    await registerDevice(fleet, operator, { id: "meter-1" });
    await expect(create({ clientId: "meter-1", userName: "meter-1" })).rejects.toMatchObject({
      code: "provision-request-exists",
      field: "clientId",
    });
    expect(await fleet.provisioner.logins.requests()).toEqual([]);
  });

  it("does not give its device the names of another open request", async () => {
    await create({ clientId: "meter-2", userName: "meter-2" });
    const { id, password } = await create({ device: { id: "meter-2" } });
    await logIn(password);
    await expect(accept(id)).rejects.toMatchObject({ code: "provision-request-exists" });
  });

  it("refuses invalid requests, and names the field", async () => {
    const refused = async (more: Partial<CreateProvisionRequest>) =>
      create(more).then(
        () => undefined,
        ({ code, field }) => `${code} ${field}`,
      );
    expect(await refused({ clientId: "not an id" })).toBe("invalid-request clientId");
    expect(await refused({ device: { id: "not an id" } })).toBe("invalid-request device.id");
    expect(await refused({ expiresOn: "2026-11-28T12:00:00Z" })).toBe("invalid-request expiresOn");
    expect(await refused({ activatesOn: "2026-11-30T00:00:00Z", expiresOn: "2026-11-29T00:00:00Z" })).toBe(
      "invalid-request expiresOn",
    );
    expect(await refused({ device: { type: "nothing" } })).toBe("invalid-request device.type");
    const bundle = { name: "a", version: "1", artifact: { name: "a", version: "1" } };
    expect(await refused({ bundles: [bundle] })).toBe("artifact-unknown bundles[0].artifact");
    await stored("a", "1");
    expect(await refused({ bundles: [bundle, bundle] })).toBe("invalid-request bundles[1].name");
    expect(await refused({ bundles: Array.from({ length: 10 }, (_, i) => ({ ...bundle, name: `${i}` })) })).toBe(
      "invalid-request bundles",
    );
    expect(await refused({ account: "north" })).toBe("account-unknown account");
  });
});

describe("logging in to be provisioned", () => {
  it("needs right names and password, and an open request between its activation and its end", async () => {
    const { id, password } = await create({ activatesOn: "2026-11-28T12:00:00Z", expiresOn: "2026-11-29T00:00:00Z" });
    expect(await logIn("wrong")).toBeUndefined();
    expect(await logIn(password, { userName: "other" })).toBeUndefined();
    expect(await logIn(password, { at: NOW - 1 })).toBeUndefined();
    expect(await logIn(password, { at: Date.parse("2026-11-29T00:00:00Z") })).toBeUndefined();
    expect(await logIn(password)).toMatchObject({ id, state: "STARTED", tries: 1 });
    expect(await logIn(password)).toMatchObject({ id, tries: 1 });
    await stopProvisioning(fleet, operator, id);
    expect(await logIn(password)).toBeUndefined();
  });

  it("needs TLS, or a request with `allowPlain`", async () => {
    const { password } = await create();
    await expect(logIn(password, { encrypted: false })).rejects.toMatchObject({ code: "forbidden" });
    const plain = await create({ userName: "plain", allowPlain: true });
    expect(await logIn(plain.password, { encrypted: false, userName: "plain" })).toMatchObject({ state: "STARTED" });
  });
});

describe("accepting a provisioning device", () => {
  it("registers the device, and answers with credential, endpoints, configuration and bundles", async () => {
    const sha256 = await stored("firmware", "1.2");
    const bundle = { name: "app", version: "7", artifact: { name: "firmware", version: "1.2" } };
    const device = { id: "meter", name: "Meter", tags: ["hall"] };
    const { id, password } = await create({ device, configuration: { interval: 5 }, bundles: [bundle] });
    await logIn(password);
    const payload = await accept(id, { model: "M", serial: "S" });
    expect(payload).toMatchObject({
      request: id,
      issuedAt: "2026-11-28T12:00:00.000Z",
      device: "meter",
      endpoints: { mqtt: "mqtts://fleet.example:8883", http: "https://fleet.example" },
      configuration: { interval: 5 },
      bundles: [{ name: "app", version: "7", sha256, size: 12 }],
    });
    const url = new URL(payload.bundles[0]?.url ?? "");
    expect(url.origin).toBe("https://fleet.example");
    expect(url.searchParams.get("for")).toBe(`provision-requests/${id}`);
    expect(Number(url.searchParams.get("expires"))).toBe(NOW / 1_000 + 4 * 3_600);
    expect(await fleet.credentials.verify("meter", tokenIn(payload))).toMatchObject({ by: "token", signed: true });
    expect(await loadProvisionRequest(fleet, id)).toMatchObject({ state: "RUNNING", model: "M", serial: "S" });
    const [registered] = await fleet.events("DeviceRegistered");
    expect(registered).toMatchObject({ data: { device: "meter", name: "Meter", by: `provision-requests/${id}` } });
    expect(JSON.stringify(await fleet.events())).not.toContain(tokenIn(payload));
  });

  it("makes a new credential when it is repeated, and ends the earlier one", async () => {
    const { id, password } = await create();
    await logIn(password);
    const first = tokenIn(await accept(id));
    const second = tokenIn(await accept(id));
    expect(await fleet.credentials.verify(names.clientId, first)).toBeUndefined();
    expect(await fleet.credentials.verify(names.clientId, second)).toBeDefined();
    expect(await fleet.events("DeviceRegistered")).toHaveLength(1);
    expect(await fleet.events("DeviceTokenRotated")).toHaveLength(1);
    expect(fleet.liveMessages.map(([subject]) => subject)).toContain(`live.${names.clientId}.credential`);
  });

  it("makes one valid credential in two simultaneous calls", async () => {
    const { id, password } = await create();
    await logIn(password);
    const both = await Promise.allSettled([accept(id), accept(id)]);
    expect(both.filter(({ status }) => status === "rejected")).toMatchObject([{ reason: { code: "conflict" } }]);
    const [reply] = both.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
    expect(reply && (await fleet.credentials.verify(names.clientId, tokenIn(reply)))).toBeDefined();
    expect(await fleet.events("DeviceRegistered")).toHaveLength(1);
  });

  it("makes a certificate for a signing request with the client id", async () => {
    const { id, password } = await create({ device: { id: "meter" } });
    await logIn(password);
    const csr = signingRequest(`CN=${names.clientId}`);
    const { credential } = await accept(id, { csr });
    const { certificate = "", ca = "" } = "certificate" in credential ? credential : {};
    const issued = new X509Certificate(certificate);
    expect(issued.subject).toBe("CN=meter");
    expect(ca).toBe(await fleet.authority.chain());
    const shown = { serial: issued.serialNumber.toLowerCase(), issuer: issued.issuer, own: true };
    expect(await fleet.credentials.verifyCertificate("meter", shown)).toMatchObject({ signed: true });
    expect(await loadProvisionRequest(fleet, id)).toMatchObject({ state: "RUNNING" });
    const next = await accept(id);
    expect(await fleet.credentials.verifyCertificate("meter", shown)).toBeUndefined();
    expect(await fleet.authority.revocationList()).toContain("X509 CRL");
    expect(await fleet.credentials.verify("meter", tokenIn(next))).toBeDefined();
    await expect(accept(id, { csr: signingRequest("CN=other") })).rejects.toMatchObject({ field: "csr" });
    // A refused signing request ends no credential.
    expect(await fleet.credentials.verify("meter", tokenIn(next))).toBeDefined();
  });

  it("needs the activation key, which can be renewed", async () => {
    const { id, password, activationKey = "" } = await create({ generateActivationKey: true });
    await logIn(password);
    for (const ask of [{}, { activationKey: "x".repeat(32) }]) {
      await expect(accept(id, ask)).rejects.toMatchObject({ code: "forbidden", field: "activationKey" });
    }
    expect(await stateOf(id)).toBe("STARTED");
    const renewed = await renewActivationKey(fleet, operator, id);
    await expect(accept(id, { activationKey })).rejects.toMatchObject({ code: "forbidden" });
    await accept(id, { activationKey: renewed.activationKey });
    expect(JSON.stringify(await fleet.events())).not.toContain(renewed.activationKey);
  });

  it("is refused if the device exists; with `overwrite` it replaces the device's credential", async () => {
    const { token } = await registerDevice(fleet, operator, { id: names.clientId, name: "Old", tags: ["old"] });
    const { id, password } = await create();
    await logIn(password);
    await expect(accept(id)).rejects.toMatchObject({
      code: "device-exists",
      advice: "Create a provision request with overwrite, or with another device id.",
    });
    expect(await stateOf(id)).toBe("SKIPPED");
    expect(await fleet.credentials.verify(names.clientId, token)).toBeDefined();

    const again = await create({ userName: "again", overwrite: true, device: { name: "New", tags: ["new"] } });
    await logIn(again.password, { userName: "again" });
    const payload = await accept(again.id);
    expect(await fleet.credentials.verify(names.clientId, token)).toBeUndefined();
    expect(await fleet.credentials.verify(names.clientId, tokenIn(payload))).toBeDefined();
    expect(await fleet.events("DeviceRenamed")).toMatchObject([{ data: { name: "New" } }]);
    expect(await fleet.events("DeviceTagged")).toMatchObject([{ data: { tags: ["new"] } }]);
  });

  it("is completed by the next call after a crash", async () => {
    const { id, password } = await create();
    await logIn(password);
    // The call is cut between the registration and the event of the reply.
    const { append } = fleet.log;
    fleet.log.append = (event, options) =>
      event.type === "ProvisionAccepted" ? Promise.reject(new Error("cut")) : append.call(fleet.log, event, options);
    await expect(accept(id)).rejects.toThrow("cut");
    fleet.log.append = append;
    expect(await stateOf(id)).toBe("STARTED");
    const payload = await accept(id);
    expect(await fleet.credentials.verify(names.clientId, tokenIn(payload))).toBeDefined();
    expect(await fleet.events("DeviceRegistered")).toHaveLength(1);
    expect(await stateOf(id)).toBe("RUNNING");
  });
});

describe("a provision request after the reply", () => {
  const running = async (more: Partial<CreateProvisionRequest> = {}) => {
    const created = await create(more);
    await logIn(created.password);
    const token = tokenIn(await accept(created.id));
    return { ...created, token };
  };
  const complete = (id: string) => completeProvisioning(fleet, { request: id, caller: system });

  it("is completed after the device's reports and its log-in with its own credential", async () => {
    const { id } = await running({ configuration: { a: 1 } });
    await complete(id);
    expect(await stateOf(id)).toBe("RUNNING");
    await openSession(fleet, {
      device: names.clientId,
      gateway: "g1",
      incarnation: "i1",
      protocol: "mqtt",
      version: "MQTT 5",
      address: "192.0.2.1:1",
    });
    await complete(id);
    expect(await stateOf(id)).toBe("RUNNING");
    await reportProvisioning(fleet, id, { state: "CONF_UPDATING" });
    await reportProvisioning(fleet, id, { state: "CONF_UPDATED" });
    await complete(id);
    await complete(id);
    expect(await stateOf(id)).toBe("COMPLETED");
    expect(await fleet.events("ProvisionCompleted")).toHaveLength(1);
  });

  it("refuses a state that can't follow the present state, and an unknown bundle", async () => {
    const { id } = await running({ configuration: { a: 1 } });
    await expect(reportProvisioning(fleet, id, { state: "APPS_INSTALLED" })).rejects.toMatchObject({
      code: "provision-state",
    });
    await expect(reportProvisioning(fleet, id, { state: "CONF_UPDATING", bundle: "x" })).rejects.toMatchObject({
      field: "bundle",
    });
  });

  it("fails by an error or a time-out, and is tried again or abandoned", async () => {
    const { id, password, token } = await running({ maxRetries: 1 });
    await reportProvisioning(fleet, id, { state: "FAILED", error: { code: 7, message: "no space" } });
    expect(await loadProvisionRequest(fleet, id)).toMatchObject({
      state: "FAILED",
      error: { code: "7", message: "no space" },
    });
    await abandonProvisioning(fleet, { request: id, caller: system }, NOW);
    expect(await logIn(password)).toMatchObject({ state: "STARTED", tries: 2 });
    await accept(id);
    const since = (await loadProvisionRequest(fleet, id))?.seq ?? 0;
    await timeOutProvisioning(fleet, { request: id, caller: system }, since - 1, "late");
    expect(await stateOf(id)).toBe("RUNNING");
    await timeOutProvisioning(fleet, { request: id, caller: system }, since, "late");
    expect(await stateOf(id)).toBe("FAILED");
    expect(await logIn(password)).toBeUndefined();
    await abandonProvisioning(fleet, { request: id, caller: system }, NOW);
    expect(await loadProvisionRequest(fleet, id)).toMatchObject({ state: "ABANDONED", reason: "no-tries-left" });
    expect(await fleet.credentials.verify(names.clientId, token)).toBeUndefined();
  });

  it("is abandoned after its `expiresOn`", async () => {
    const { id } = await create({ expiresOn: "2026-11-29T00:00:00Z" });
    await abandonProvisioning(fleet, { request: id, caller: system }, NOW);
    expect(await stateOf(id)).toBe("CREATED");
    await abandonProvisioning(fleet, { request: id, caller: system }, Date.parse("2026-11-29T00:00:00Z"));
    expect(await loadProvisionRequest(fleet, id)).toMatchObject({ state: "ABANDONED", reason: "expired" });
  });

  it("is stopped in two steps, and its clean-up retires the device and frees the names", async () => {
    const { id, token } = await running();
    await stopProvisioning(fleet, operator, id);
    expect(await stateOf(id)).toBe("STOPPING");
    const clean = () => cleanUpProvisioning(fleet, id, system);
    await clean();
    expect(await fleet.credentials.verify(names.clientId, token)).toBeDefined();
    await finishStop(fleet, { request: id, caller: system });
    expect(await stateOf(id)).toBe("STOPPED");
    await clean();
    await clean();
    expect(await fleet.events("DeviceRetired")).toMatchObject([
      { data: { reason: "its provision request was stopped" } },
    ]);
    expect(await fleet.credentials.verify(names.clientId, token)).toBeUndefined();
    expect(await fleet.provisioner.logins.holderOf(names)).toBeUndefined();
  });

  it("does not end a device that an operator has registered again", async () => {
    const { id } = await running();
    await stopProvisioning(fleet, operator, id);
    await finishStop(fleet, { request: id, caller: system });
    await retireDevice(fleet, operator, names.clientId);
    const { token } = await registerDevice(fleet, operator, { id: names.clientId });
    await cleanUpProvisioning(fleet, id, system);
    expect(await fleet.credentials.verify(names.clientId, token)).toBeDefined();
  });

  it("keeps a token that somebody has given the device before a slower gateway cleans up", async () => {
    await registerDevice(fleet, operator, { id: names.clientId });
    const { id } = await running({ overwrite: true });
    await stopProvisioning(fleet, operator, id);
    await finishStop(fleet, { request: id, caller: system });
    const { provision } = fleet.credentials;
    let token = "";
    // The slower gateway has decided to end the request's credential.
    fleet.credentials.provision = async (...given) => {
      fleet.credentials.provision = provision;
      await cleanUpProvisioning(fleet, id, system);
      token = (await rotateToken(fleet, operator, names.clientId)).token;
      return provision(...given);
    };
    await cleanUpProvisioning(fleet, id, system);
    await cleanUpProvisioning(fleet, id, system);
    expect(await fleet.credentials.verify(names.clientId, token)).toBeDefined();
  });

  it("ends the device's certificates that the request gave, also after a renewal, and keeps those that an operator issued", async () => {
    await registerDevice(fleet, operator, { id: names.clientId });
    const { id, password } = await create({ overwrite: true });
    await logIn(password);
    const { credential } = await accept(id, { csr: signingRequest(`CN=${names.clientId}`) });
    const { serialNumber, issuer } = new X509Certificate("certificate" in credential ? credential.certificate : "");
    const own = { serial: serialNumber.toLowerCase(), issuer, own: true } as const;
    const proof = await fleet.credentials.verifyCertificate(names.clientId, own);
    if (proof === undefined) throw new Error("the request's certificate is valid");
    const csr = signingRequest(`CN=${names.clientId}`);
    const { serial } = await renewCertificate(fleet, { device: names.clientId, proof }, csr);
    const byOperator = await issueCertificate(fleet, operator, names.clientId, { make: "P-256" });
    await stopProvisioning(fleet, operator, id);
    await finishStop(fleet, { request: id, caller: system });
    const { provision } = fleet.credentials;
    const meanwhile: string[] = [];
    fleet.credentials.provision = async (...given) => {
      fleet.credentials.provision = provision;
      meanwhile.push((await issueCertificate(fleet, operator, names.clientId, { make: "P-256" })).issued.serial);
      return provision(...given);
    };
    await cleanUpProvisioning(fleet, id, system);
    await cleanUpProvisioning(fleet, id, system);
    const isValid = async (one: string) =>
      (await fleet.credentials.verifyCertificate(names.clientId, { ...own, serial: one })) !== undefined;
    expect([await isValid(own.serial), await isValid(serial)]).toEqual([false, false]);
    expect([await isValid(byOperator.issued.serial), await isValid(meanwhile[0] ?? "")]).toEqual([true, true]);
  });

  it("ends its certificate although an operator has given the device another token since", async () => {
    await registerDevice(fleet, operator, { id: names.clientId });
    const { id, password } = await create({ overwrite: true });
    await logIn(password);
    const { credential } = await accept(id, { csr: signingRequest(`CN=${names.clientId}`) });
    const { serialNumber, issuer } = new X509Certificate("certificate" in credential ? credential.certificate : "");
    const shown = { serial: serialNumber.toLowerCase(), issuer, own: true };
    const { token } = await rotateToken(fleet, operator, names.clientId);
    expect(await fleet.credentials.verifyCertificate(names.clientId, shown)).toBeDefined();
    await stopProvisioning(fleet, operator, id);
    await finishStop(fleet, { request: id, caller: system });
    await cleanUpProvisioning(fleet, id, system);
    expect(await fleet.credentials.verifyCertificate(names.clientId, shown)).toBeUndefined();
    expect(await fleet.credentials.verify(names.clientId, token)).toBeDefined();
  });

  it("gives a credential that stays valid to one of two connections that ask at the same time, and refuses the other", async () => {
    const { id, password } = await create();
    await logIn(password);
    const { provision } = fleet.credentials;
    let reply: ProvisionPayload | undefined;
    fleet.credentials.provision = async (...given) => {
      fleet.credentials.provision = provision;
      reply = await accept(id);
      return provision(...given);
    };
    await expect(accept(id)).rejects.toMatchObject({ code: "conflict" });
    expect(reply && (await fleet.credentials.verify(names.clientId, tokenIn(reply)))).toBeDefined();
  });

  it("gives an older connection no credential after a newer one has got its own", async () => {
    const { id, password } = await create();
    await logIn(password);
    const { logins } = fleet.provisioner;
    const [older, newer] = [await logins.beginSession(id), await logins.beginSession(id)];
    const asked = (session: number) => acceptProvisioning(fleet, id, {}, NOW, session);
    await asked(older);
    const first = tokenIn(payloadOf((await asked(newer)).jws));
    await expect(asked(older)).rejects.toMatchObject({ code: "session-superseded" });
    expect(await fleet.credentials.verify(names.clientId, first)).toBeDefined();
    const second = tokenIn(payloadOf((await asked(newer)).jws));
    expect(await fleet.credentials.verify(names.clientId, second)).toBeDefined();
    await stopProvisioning(fleet, operator, id);
    await finishStop(fleet, { request: id, caller: system });
    await cleanUpProvisioning(fleet, id, system);
    expect(await (await fleet.backbone.buckets.open("provisioning", { maxBytes: 1 })).entries()).toEqual([]);
  });

  it("gives newer connections a credential, and older ones none, after the store has lost the log-ins", async () => {
    const { id, password } = await create();
    await logIn(password);
    const asked = (session: number) => acceptProvisioning(fleet, id, {}, NOW, session);
    for (let i = 0; i < 5; i++) await beginProvisioningSession(fleet, id);
    const before = await beginProvisioningSession(fleet, id);
    await asked(before);
    const { buckets } = memoryBackbone();
    const logins = new ProvisionLogins(buckets, { hash: () => "" }, Date.now);
    const provisioner = { ...fleet.provisioner, logins };
    const [older, newer] = [
      await beginProvisioningSession({ ...fleet, provisioner }, id),
      await beginProvisioningSession({ ...fleet, provisioner }, id),
    ];
    expect([before < older, older < newer]).toEqual([true, true]);
    const token = tokenIn(payloadOf((await asked(newer)).jws));
    for (const session of [before, older])
      await expect(asked(session)).rejects.toMatchObject({ code: "session-superseded" });
    expect(await beginProvisioningSession({ ...fleet, provisioner }, id)).toBe(newer + 1);
    expect(await fleet.credentials.verify(names.clientId, token)).toBeDefined();
  });

  it("adds no certificate to a credential that the end of the request has replaced", async () => {
    await registerDevice(fleet, operator, { id: names.clientId });
    const { id, password } = await create({ overwrite: true });
    await logIn(password);
    const { addCertificate } = fleet.credentials;
    fleet.credentials.addCertificate = async (...given) => {
      await stopProvisioning(fleet, operator, id);
      await finishStop(fleet, { request: id, caller: system });
      await cleanUpProvisioning(fleet, id, system);
      return addCertificate(...given);
    };
    const csr = signingRequest(`CN=${names.clientId}`);
    await expect(accept(id, { csr })).rejects.toMatchObject({ code: "conflict" });
    expect(await fleet.credentials.certificates(names.clientId)).toEqual([]);
  });

  it("does not provision or retire a device that was moved to another account", async () => {
    const { id, token } = await running();
    const admin = personCaller(person("root", "admin"), "c0");
    await createAccount(fleet, admin, { id: "north", name: "North" });
    await moveDevice(fleet, admin, names.clientId, { to: "north", history: "stays" });
    await expect(accept(id)).rejects.toMatchObject({
      code: "device-exists",
      advice: "Create a provision request with another device id.",
    });
    await stopProvisioning(fleet, operator, id);
    await finishStop(fleet, { request: id, caller: system });
    await cleanUpProvisioning(fleet, id, system);
    expect(await fleet.events("DeviceRetired")).toEqual([]);
    expect(await fleet.credentials.verify(names.clientId, token)).toMatchObject({ account: "north" });
  });

  it("prevents the deletion of its artifacts while it is open", async () => {
    await stored("firmware", "1");
    const bundle = { name: "app", version: "1", artifact: { name: "firmware", version: "1" } };
    const { id } = await create({ bundles: [bundle] });
    const remove = () =>
      deleteArtifact(fleet, operator, { name: "firmware", version: "1" }, [usedByProvisioning(fleet)]);
    await expect(remove()).rejects.toMatchObject({ code: "artifact-in-use" });
    await stopProvisioning(fleet, operator, id);
    await remove();
  });

  it("is refused to viewers, and unknown outside the caller's scope", async () => {
    const { id } = await create({ device: { tags: ["hall"] } });
    const viewer = personCaller({ kind: "person", id: "v", name: "v", role: "viewer" }, "c");
    await expect(stopProvisioning(fleet, viewer, id)).rejects.toMatchObject({ code: "forbidden" });
    for (const scope of [{ tags: ["roof"] }, { accounts: ["north"] }]) {
      const other = personCaller({ kind: "person", id: "o", name: "o", role: "operator", scope }, "c");
      await expect(stopProvisioning(fleet, other, id)).rejects.toMatchObject({ code: "provision-request-unknown" });
      await expect(renewActivationKey(fleet, other, id)).rejects.toMatchObject({ code: "provision-request-unknown" });
    }
  });
});

describe("an id that a request has reserved", () => {
  const reserve = (id: string) => create({ clientId: id, userName: id });
  const uses = (device: string) => [
    issueCommand(fleet, operator, { device, name: "reboot", deadline: "2030-01-01T00:00:00.000Z" }),
    setConfiguration(fleet, operator, device, { interval: 5 }),
    reportProfile(fleet, device, { model: "m" }),
  ];
  const nothingElse = async () => [
    ...(await fleet.events("CommandIssued")),
    ...(await fleet.events("ConfigurationSet")),
    ...(await fleet.events("DeviceProfileReported")),
  ];

  it("is no device for commands, configurations and profiles", async () => {
    await reserve("pump-1");
    for (const use of uses("pump-1")) await expect(use).rejects.toMatchObject({ code: "device-unknown" });
    expect(await nothingElse()).toEqual([]);
  });

  it("is still refused as retired if its device was retired", async () => {
    await registerDevice(fleet, operator, { id: "pump-2" });
    await retireDevice(fleet, operator, "pump-2");
    await reserve("pump-2");
    for (const use of uses("pump-2")) await expect(use).rejects.toMatchObject({ code: "device-retired" });
    expect(await nothingElse()).toEqual([]);
  });
});

function signingRequest(subject: string): string {
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "/dev/null"];
  return execFileSync("openssl", ["req", "-new", ...key, "-subj", `/${subject}`], { stdio: "pipe" }).toString();
}
