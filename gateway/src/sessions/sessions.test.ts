import {
  type CommandIssued,
  type EventBody,
  FleetError,
  type RecordedEvent,
  type SessionOpened,
} from "@fleetlog/domain";
import {
  cancelCommand,
  checkSessions,
  createAccount,
  createProvisionRequest,
  issueCommand,
  personCaller,
  registerDevice,
  retireDevice,
  rotateToken,
  sendLiveMessage,
} from "@fleetlog/fleet";
import { person, testCaller } from "@fleetlog/fleet/testing";
import type { DeviceProof, PresentedCredential } from "@fleetlog/identity";
import { MemoryServer } from "@fleetlog/log";
import { type CommandResult, querySubject } from "@fleetlog/protocol";
import { describe, expect, it, vi } from "vitest";
import {
  ENDED_CERTIFICATE,
  FOREIGN_AUTHORITY,
  isOfKnownDevice,
  RETIRED_DEVICE,
  UNKNOWN_DEVICE,
  WRONG_ADDRESS,
  WRONG_PASSWORD,
  WRONG_TOKEN,
} from "../refusals/login-causes.ts";
import { RecordingConnection } from "../testing/recording-connection.ts";
import { historyOf, type TestNode, testNode, withViews } from "../testing/test-node.ts";
import type { DeviceSession } from "./index.ts";

const caller = testCaller("admin", "c-1");
const inAnHour = () => new Date(Date.now() + 3_600_000).toISOString();

const presented = (device: string, token: string) =>
  ({ device, login: device, credential: { by: "token", token } }) as const;

async function connect(node: TestNode, device: string, token: string, connection = new RecordingConnection()) {
  const proof = await node.sessions.authenticate(presented(device, token));
  const session = await node.sessions.open({ device, proof, connection });
  return { session, connection };
}

const answer = (session: DeviceSession, result: CommandResult) => session.report({ kind: "command-result", result });

async function nodeWithDevice(device = "d1") {
  const node = await testNode();
  await withViews(node.backbone);
  const { token } = await registerDevice(node.fleet, caller, { id: device });
  return { node, token };
}

const waiting = ({ fleet }: TestNode, ms: number) => ({ wait: { tail: fleet.commandTail, ms } });

async function issue(node: TestNode, device: string, name: string, waitMs = 0) {
  const caller = testCaller("admin", "c-2");
  return issueCommand(node.fleet, caller, { device, name, deadline: inAnHour() }, waiting(node, waitMs));
}

const typesOf = async (node: TestNode, device = "d1") => (await historyOf(node.backbone, device)).map((e) => e.type);

describe("sessions", () => {
  it("have the log sequence of SessionOpened as their epoch, and record the gateway and its incarnation", async () => {
    const { node, token } = await nodeWithDevice();
    const { session } = await connect(node, "d1", token);
    const opened = (await historyOf(node.backbone, "d1")).at(-1);
    expect(opened).toMatchObject({ type: "SessionOpened", seq: session.epoch, gateway: "g1" });
    expect(opened?.data).toMatchObject({ device: "d1", gateway: "g1", incarnation: "g1-1", protocol: "mqtt" });
  });

  it("record the credential by which they were opened", async () => {
    const { node, token } = await nodeWithDevice();
    const opened = async () => (await historyOf(node.backbone, "d1")).at(-1)?.data;
    await connect(node, "d1", token);
    const first = (await opened()) as SessionOpened["data"];
    expect(first.credential).toEqual({ by: "token", id: expect.stringMatching(/^\d+$/) });
    const again = await rotateToken(node.fleet, caller, "d1");
    await connect(node, "d1", again.token);
    expect((await opened()) as SessionOpened["data"]).not.toMatchObject({ credential: first.credential });
    const certificate = { serial: "0a1b", issuer: "CN=Plant CA", own: false };
    const login = { device: "d1", login: "d1", credential: { by: "certificate", certificate } } as const;
    const proof = await node.sessions.authenticate(login);
    await node.sessions.open({ device: "d1", proof, connection: new RecordingConnection() });
    expect(await opened()).toMatchObject({
      credential: { by: "certificate", issuer: "CN=Plant CA", serial: "0a1b" },
    });
    expect((await node.fleet.views.query("devices.get", { id: "d1" }))?.session).toMatchObject({
      credential: { by: "certificate", serial: "0a1b" },
    });
  });

  it("are refused with the same error for a wrong token, an unknown device and a retired device", async () => {
    const { node, token } = await nodeWithDevice();
    const refused = { code: "unauthenticated" };
    await expect(node.sessions.authenticate(presented("d1", "wrong"))).rejects.toMatchObject(refused);
    await expect(node.sessions.authenticate(presented("d2", token))).rejects.toMatchObject(refused);
    await retireDevice(node.fleet, caller, "d1");
    await expect(node.sessions.authenticate(presented("d1", token))).rejects.toMatchObject(refused);
  });

  it("are refused with a text about the client's credential, which is the same for an unknown device", async () => {
    const { node, token } = await nodeWithDevice();
    await node.credentials.addCertificate("d1", { serial: "0b", issuer: "CN=ours", notAfter: inAnHour() });
    await node.credentials.removeCertificate("d1", "0b");
    const revoked = { serial: "0b", issuer: "CN=ours", own: true };
    const foreign = { serial: "0c", issuer: "CN=Plant CA", own: false, authority: "a1" };
    const trusted = { serial: "0d", issuer: "CN=Fleet CA", own: false };
    const certificate = "its certificate is not valid for it";
    const cases: readonly (readonly [PresentedCredential, string, string])[] = [
      [{ by: "token", token: "wrong" }, "its token is wrong", WRONG_TOKEN],
      [{ by: "certificate", certificate: revoked }, certificate, ENDED_CERTIFICATE],
      [{ by: "certificate", certificate: foreign }, certificate, FOREIGN_AUTHORITY],
      [{ by: "certificate", certificate: revoked, token }, `${certificate}, or its token is wrong`, ENDED_CERTIFICATE],
      [{ by: "certificate", certificate: foreign, token: "x" }, `${certificate}, or its token is wrong`, WRONG_TOKEN],
      [{ by: "certificate", certificate: trusted, token: "x" }, `${certificate}, or its token is wrong`, WRONG_TOKEN],
      [{ by: "names", clientId: "c", userName: "u", password: "wrong" }, "its password is wrong", WRONG_PASSWORD],
      [{ by: "address", address: "192.0.2.7" }, "does not log in by this address", WRONG_ADDRESS],
    ];
    for (const [credential, text, cause] of cases)
      for (const [device, why] of [
        ["d1", cause],
        ["nobody", UNKNOWN_DEVICE],
      ] as const) {
        const message = `"pump" is not registered or was retired, or ${text}`;
        const refused = { code: "unauthenticated", message, cause: why };
        await expect(node.sessions.authenticate({ device, login: "pump", credential })).rejects.toMatchObject(refused);
        expect(isOfKnownDevice(why)).toBe(device === "d1");
      }
  });

  it("of an id that a provision request has reserved are refused like those of unknown or retired devices", async () => {
    const { node, token } = await nodeWithDevice();
    const { session } = await connect(node, "d1", token);
    await retireDevice(node.fleet, caller, "d1");
    for (const id of ["d1", "d2"]) {
      await createProvisionRequest(node.fleet, caller, { clientId: id, userName: id, device: {} }, Date.now());
    }
    const refused = (cause: string) => ({ code: "unauthenticated", cause });
    await expect(node.sessions.authenticate(presented("d1", token))).rejects.toMatchObject(refused(RETIRED_DEVICE));
    await expect(node.sessions.authenticate(presented("d2", token))).rejects.toMatchObject(refused(UNKNOWN_DEVICE));
    vi.spyOn(node.fleet.credentials, "check").mockResolvedValue(true);
    expect(await node.sessions.mayReport(session)).toBe(false);
  });

  it("of customers' certificates are checked again 64 at a time; requests for a check during a run cause one more run", async () => {
    const { node } = await nodeWithDevice("d0");
    const certificate = { serial: "0a1b", issuer: "CN=Plant CA", own: false };
    const validUntil = vi.spyOn(node.credentials, "validUntil").mockResolvedValue(Number.POSITIVE_INFINITY);
    for (let n = 1; n <= 70; n++) {
      const device = `d${n}`;
      await registerDevice(node.fleet, caller, { id: device });
      const login = { device, login: device, credential: { by: "certificate", certificate } } as const;
      const proof = { ...(await node.sessions.authenticate(login)), authority: "a1" } as DeviceProof;
      await node.sessions.open({ device, proof, connection: new RecordingConnection() });
    }
    await vi.waitFor(() => expect(validUntil).toHaveBeenCalledTimes(70));
    validUntil.mockClear();
    const waiting: (() => void)[] = [];
    validUntil.mockImplementation(
      () => new Promise((resolve) => waiting.push(() => resolve(Number.POSITIVE_INFINITY))),
    );
    for (let n = 0; n < 3; n++) node.sessions.revalidateCertified("customer");
    await new Promise(setImmediate);
    expect(waiting).toHaveLength(64);
    node.sessions.revalidateCertified("customer");
    await vi.waitFor(() => {
      for (const go of waiting.splice(0)) go();
      expect(validUntil).toHaveBeenCalledTimes(140);
    });
    for (const go of waiting.splice(0)) go();
    await new Promise(setImmediate);
    expect(validUntil).toHaveBeenCalledTimes(140);
    // Devices that change at the same moment, as by an import of tags, are also checked 64 at a time.
    validUntil.mockClear();
    for (let n = 1; n <= 70; n++) sendLiveMessage(node.backbone.bus, `d${n}`, "changed", {});
    await new Promise(setImmediate);
    await vi.waitFor(() => expect(waiting).toHaveLength(64));
    await vi.waitFor(() => {
      for (const go of waiting.splice(0)) go();
      expect(validUntil).toHaveBeenCalledTimes(70);
    });
    for (const go of waiting.splice(0)) go();
    // A check that fails is repeated, and does not delay the next run.
    validUntil.mockRejectedValueOnce(new FleetError("log-unavailable", "away")).mockResolvedValue(undefined);
    node.sessions.revalidateCertified("customer");
    await vi.waitFor(() => expect(node.sessions.size).toBe(0));
  });

  it("of other devices are not checked when their devices get other tags", async () => {
    const { node, token } = await nodeWithDevice();
    const { connection } = await connect(node, "d1", token);
    // Wait for the check at the beginning of the session.
    await new Promise((resolve) => setTimeout(resolve, 50));
    const validUntil = vi.spyOn(node.credentials, "validUntil");
    const last = vi.spyOn(node.backbone.log, "last");
    sendLiveMessage(node.backbone.bus, "d1", "changed", {});
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    expect([validUntil.mock.calls, last.mock.calls]).toEqual([[], []]);
    expect(connection.ended).toBeUndefined();
  });

  it("end as superseded, without SessionClosed, when the device connects again to the same node", async () => {
    const { node, token } = await nodeWithDevice();
    const first = await connect(node, "d1", token);
    const second = await connect(node, "d1", token);
    expect(first.connection.ended?.reason).toBe("superseded");
    expect(second.connection.ended).toBeUndefined();
    expect(node.sessions.get("d1")).toBe(second.session);
    expect(await typesOf(node)).toEqual(["DeviceRegistered", "SessionOpened", "SessionOpened"]);
  });

  it("end as superseded when the device connects to another node", async () => {
    const { node, token } = await nodeWithDevice();
    const other = await testNode("g2", node.backbone.server);
    const first = await connect(node, "d1", token);
    const second = await connect(other, "d1", token);
    await vi.waitFor(() => expect(first.connection.ended?.reason).toBe("superseded"));
    expect(second.connection.ended).toBeUndefined();
    expect(node.sessions.size).toBe(0);
  });

  it("end as superseded when newer sessions open at the same moment; the newest stays open", async () => {
    const { node, token } = await nodeWithDevice();
    const opened = await Promise.all(Array.from({ length: 5 }, () => connect(node, "d1", token)));
    const newest = opened.reduce((a, b) => (a.session.epoch > b.session.epoch ? a : b));
    for (const one of opened) expect(one.connection.ended?.reason).toBe(one === newest ? undefined : "superseded");
    expect(node.sessions.get("d1")).toBe(newest.session);
  });

  it("are reported to the node if the log has lost them in an outage, and are replaced by newer sessions", async () => {
    const { node, token } = await nodeWithDevice();
    const other = await nodeWithDevice("d2");
    // Each device has its own log. Only the log of d1 will lose the session.
    const kept = await connect(other.node, "d2", other.token);
    const lost = await connect(node, "d1", token);
    const { log } = node.backbone;
    const all = await historyOf(node.backbone, "d1");
    // The log has lost its newest events: d1's session is gone, and new events get lower sequences.
    vi.spyOn(log, "last").mockImplementation(async (category) => (category === "device" ? all[0] : undefined));
    vi.spyOn(log, "read").mockImplementation(async function* () {});
    for (const { backbone } of [node, other.node]) {
      backbone.away();
      backbone.back();
    }
    await vi.waitFor(() => expect(node.missing.count).toBe(1));
    const { append } = log;
    vi.spyOn(log, "append").mockImplementation(async (...event) => {
      const appended = await append.apply(log, event);
      return event[0].type === "SessionOpened" ? { ...appended, seq: 1 } : appended;
    });
    const newer = await connect(node, "d1", token);
    expect(node.sessions.get("d1")).toBe(newer.session);
    expect(lost.connection.ended?.reason).toBe("superseded");
    expect(newer.connection.ended).toBeUndefined();
    expect(node.missing.count).toBeGreaterThan(1);
    expect(other.node.missing.count).toBe(0);
    expect(other.node.sessions.get("d2")).toBe(kept.session);
  });

  it("end after an outage of the log in which the device was taken over, retired, or got a new token", async () => {
    const { node, token } = await nodeWithDevice();
    const other = await testNode("g2", node.backbone.server);
    const rotated = await registerDevice(node.fleet, caller, { id: "d2" });
    const retired = await registerDevice(node.fleet, caller, { id: "d3" });
    const kept = await registerDevice(node.fleet, caller, { id: "d4" });
    const first = await connect(node, "d1", token);
    const second = await connect(node, "d2", rotated.token);
    const third = await connect(node, "d3", retired.token);
    const fourth = await connect(node, "d4", kept.token);
    // This node gets no live messages of the other node.
    vi.spyOn(other.backbone.bus, "publish").mockImplementation(() => {});
    const newer = await connect(other, "d1", token);
    await rotateToken(other.fleet, caller, "d2");
    await retireDevice(other.fleet, caller, "d3");
    newer.session.connectionEnded("lost");
    await vi.waitFor(async () => expect(await typesOf(node)).toContain("SessionClosed"));
    expect(node.sessions.size).toBe(4);
    node.backbone.away();
    node.backbone.back();
    await vi.waitFor(() => expect(node.sessions.size).toBe(1));
    const ends = [first, second, third].map(({ connection }) => connection.ended?.reason);
    expect(ends).toEqual(["superseded", "token-rotated", "retired"]);
    expect(node.sessions.get("d4")).toBe(fourth.session);
  });

  it("record their end once, with their epoch, when the connection ends twice", async () => {
    const { node, token } = await nodeWithDevice();
    const { session } = await connect(node, "d1", token);
    session.connectionEnded("lost", "ECONNRESET");
    session.connectionEnded("timeout");
    await vi.waitFor(async () => expect(await typesOf(node)).toContain("SessionClosed"));
    const closed = (await historyOf(node.backbone, "d1")).filter((event) => event.type === "SessionClosed");
    expect(closed.map((event) => event.data)).toEqual([
      { device: "d1", epoch: session.epoch, session: session.sessionId, reason: "lost", detail: "ECONNRESET" },
    ]);
  });

  it("record as cause of their end SessionOpened, or the event that ended them", async () => {
    const { node, token } = await nodeWithDevice();
    const closed = async () => (await historyOf(node.backbone, "d1")).filter(({ type }) => type === "SessionClosed");
    const { session } = await connect(node, "d1", token);
    session.connectionEnded("lost");
    await vi.waitFor(async () => expect(await closed()).toHaveLength(1));

    await connect(node, "d1", token);
    const { token: newer } = await rotateToken(node.fleet, testCaller("admin", "c-rotate"), "d1");
    await vi.waitFor(async () => expect(await closed()).toHaveLength(2));

    await connect(node, "d1", newer);
    await retireDevice(node.fleet, testCaller("admin", "c-retire"), "d1", { reason: "sold" });
    await vi.waitFor(async () => expect(await closed()).toHaveLength(3));

    const events = await historyOf(node.backbone, "d1");
    const idOf = (wanted: string) => events.find(({ type }) => type === wanted)?.id;
    expect((await closed()).map(({ data, causationid, correlationid }) => [data, causationid, correlationid])).toEqual([
      [expect.objectContaining({ reason: "lost" }), idOf("SessionOpened"), undefined],
      [expect.objectContaining({ reason: "token-rotated" }), idOf("DeviceTokenRotated"), "c-rotate"],
      [expect.objectContaining({ reason: "retired" }), idOf("DeviceRetired"), "c-retire"],
    ]);
  });

  it.each([
    ["retired", "DeviceRetired", (node: TestNode) => retireDevice(node.fleet, caller, "d1")],
    ["token-rotated", "DeviceTokenRotated", (node: TestNode) => rotateToken(node.fleet, caller, "d1")],
  ] as const)(
    "end as %s when %s came between the check of the credential and the opening",
    async (reason, type, act) => {
      const { node, token } = await nodeWithDevice();
      const proof = await node.sessions.authenticate(presented("d1", token));
      await act(node);
      const connection = new RecordingConnection();
      // The first check of the credential fails, and is retried.
      vi.spyOn(node.credentials, "validUntil").mockRejectedValueOnce(new FleetError("log-unavailable", "away"));
      await node.sessions.open({ device: "d1", proof, connection });
      await vi.waitFor(() => expect(connection.ended?.reason).toBe(reason), 5_000);
      await vi.waitFor(async () => expect(await typesOf(node)).toContain("SessionClosed"));
      const events = await historyOf(node.backbone, "d1");
      expect(events.at(-1)?.causationid).toBe(events.find((event) => event.type === type)?.id);
    },
  );

  it("record an end during an outage of the log when the outage is over", async () => {
    const { node, token } = await nodeWithDevice();
    const { session } = await connect(node, "d1", token);
    node.backbone.away();
    session.connectionEnded("lost");
    node.backbone.back();
    await vi.waitFor(async () => expect(await typesOf(node)).toContain("SessionClosed"));
  });

  it("end at once when another node retires the device", async () => {
    const { node, token } = await nodeWithDevice();
    const other = await testNode("g2", node.backbone.server);
    const { connection } = await connect(other, "d1", token);
    await retireDevice(node.fleet, caller, "d1", { reason: "sold" });
    await vi.waitFor(() => expect(connection.ended?.reason).toBe("retired"));
  });

  it("end even if the gateway that recorded the move or the retirement crashed before it told the other gateways", async () => {
    const { node, token } = await nodeWithDevice();
    const other = await testNode("g2", node.backbone.server);
    await createAccount(node.fleet, personCaller(person("root", "admin"), "c-0"), { id: "north", name: "North" });
    const record = async (type: "DeviceMoved" | "DeviceRetired", data: object) => {
      const body = { type, data: { device: "d1", by: "admin", ...data } } as EventBody;
      await node.fleet.writer.append(node.fleet.writer.event(body, "d1", { account: "north" }));
    };
    const { session, connection } = await connect(other, "d1", token);
    await record("DeviceMoved", { from: "main", to: "north", history: "stays" });
    // The credential is still in the earlier account, so a new session would report to it.
    const again = await connect(other, "d1", token);
    await vi.waitFor(() => expect(again.connection.ended?.reason).toBe("moved"));
    expect([session.ended, connection.ended?.reason]).toEqual([true, "superseded"]);
    const moved = await connect(other, "d1", token);
    expect(moved.session.account).toBe("north");
    await record("DeviceRetired", {});
    // The reactors send this after each retirement.
    checkSessions(node.backbone.bus, "d1");
    await vi.waitFor(() => expect(moved.connection.ended?.reason).toBe("retired"));
  });

  it("end when their token is replaced; sessions with the new token stay open", async () => {
    const { node, token } = await nodeWithDevice();
    const first = await connect(node, "d1", token);
    const { token: newer } = await rotateToken(node.fleet, caller, "d1");
    await vi.waitFor(() => expect(first.connection.ended?.reason).toBe("token-rotated"));
    const second = await connect(node, "d1", newer);
    await expect(node.sessions.authenticate(presented("d1", token))).rejects.toBeInstanceOf(FleetError);
    expect(second.connection.ended).toBeUndefined();
  });

  it("stay open with a replaced token until its overlap ends, and then end with the rotation as cause", async () => {
    const { node, token } = await nodeWithDevice();
    const other = await testNode("g2", node.backbone.server);
    const { connection } = await connect(other, "d1", token);
    const until = Date.now() + 400;
    const { token: newer } = await rotateToken(node.fleet, testCaller("admin", "c-rotate"), "d1", until);
    await node.sessions.authenticate(presented("d1", token));
    await node.sessions.authenticate(presented("d1", newer));
    expect(connection.ended).toBeUndefined();
    await vi.waitFor(() => expect(connection.ended?.reason).toBe("token-rotated"), { timeout: 2_000 });
    expect(Date.now()).toBeGreaterThanOrEqual(until);
    await expect(node.sessions.authenticate(presented("d1", token))).rejects.toMatchObject({ code: "unauthenticated" });
    await vi.waitFor(async () => expect(await typesOf(node)).toContain("SessionClosed"));
    const events = await historyOf(node.backbone, "d1");
    const rotated = events.find(({ type }) => type === "DeviceTokenRotated");
    expect(rotated?.data).toMatchObject({ previousUntil: new Date(until).toISOString() });
    expect(events.at(-1)).toMatchObject({ type: "SessionClosed", causationid: rotated?.id, correlationid: "c-rotate" });
  });

  it("end with the overlap when opened with a replaced token, and stay open when opened with the new one", async () => {
    const { node, token } = await nodeWithDevice();
    const second = await registerDevice(node.fleet, caller, { id: "d2" });
    const until = Date.now() + 400;
    await rotateToken(node.fleet, caller, "d1", until);
    const { token: newer } = await rotateToken(node.fleet, caller, "d2", until);
    const old = await connect(node, "d1", token);
    const kept = await connect(node, "d2", newer);
    await vi.waitFor(() => expect(old.connection.ended?.reason).toBe("token-rotated"), { timeout: 2_000 });
    expect(kept.connection.ended).toBeUndefined();
    await expect(node.sessions.authenticate(presented("d2", second.token))).rejects.toThrow();
  });

  it("are not opened when the connection closed while the opening was queued", async () => {
    const { node, token } = await nodeWithDevice();
    const proof = await node.sessions.authenticate(presented("d1", token));
    const connection = new RecordingConnection();
    connection.end("lost");
    const opening = node.sessions.open({ device: "d1", proof, connection });
    await expect(opening).rejects.toMatchObject({ code: "unavailable" });
    expect(await typesOf(node)).toEqual(["DeviceRegistered"]);
  });

  it("append no SessionClosed when another event has ended their incarnation of the node", async () => {
    const { node, token } = await nodeWithDevice();
    const { connection } = await connect(node, "d1", token);
    node.declaredLost("g1-2");
    const { session } = await connect(node, "d2", (await registerDevice(node.fleet, caller, { id: "d2" })).token);
    node.sessions.endAll("log-unavailable", "this node was cut off");
    expect(connection.ended?.reason).toBe("log-unavailable");
    await vi.waitFor(async () => expect(await typesOf(node, "d2")).toContain("SessionClosed"));
    expect(await typesOf(node)).toEqual(["DeviceRegistered", "SessionOpened"]);
    expect(session.incarnation).toBe("g1-2");
  });

  it("are not opened when the node stops; open sessions append no SessionClosed, because GatewayStopped ends them", async () => {
    const { node, token } = await nodeWithDevice();
    const { session } = await connect(node, "d1", token);
    node.sessions.stop();
    session.connectionEnded("device-closed");
    await expect(connect(node, "d1", token)).rejects.toMatchObject({ code: "unavailable" });
    await node.sessions.finish(Number.POSITIVE_INFINITY);
    expect(await typesOf(node)).not.toContain("SessionClosed");
  });

  it("append SessionClosed when their epoch is after the epochs that the node's last event ends", async () => {
    const { node, token } = await nodeWithDevice();
    const before = await connect(node, "d1", token);
    const other = await registerDevice(node.fleet, caller, { id: "d2" });
    const after = await connect(node, "d2", other.token);
    node.sessions.stop();
    before.session.connectionEnded("device-closed");
    after.session.connectionEnded("lost");
    await node.sessions.finish(after.session.epoch - 1);
    expect(await typesOf(node, "d1")).not.toContain("SessionClosed");
    const closed = (await historyOf(node.backbone, "d2")).at(-1);
    expect(closed).toMatchObject({ type: "SessionClosed", data: { epoch: after.session.epoch, reason: "lost" } });
  });

  it("record an end once when it was being appended as the node stopped", async () => {
    const { node, token } = await nodeWithDevice();
    const { session } = await connect(node, "d1", token);
    node.backbone.away();
    session.connectionEnded("lost");
    node.sessions.stop();
    node.backbone.back();
    await node.sessions.finish(0);
    expect((await typesOf(node)).filter((type) => type === "SessionClosed")).toHaveLength(1);
  });
});

describe("reports of a session", () => {
  it("are stored once when the device sends them twice", async () => {
    const { node, token } = await nodeWithDevice();
    const { session } = await connect(node, "d1", token);
    const report = { name: "door", data: { open: true }, boot: 7, seq: 1, at: "2026-01-02T03:04:05Z" };
    const first = await session.report({ kind: "event", report });
    expect(await session.report({ kind: "event", report })).toBe(first);
    const [event] = (await historyOf(node.backbone, "d1")).filter(({ type }) => type === "DeviceEventReported");
    expect(event).toMatchObject({
      seq: first,
      id: "d1:7:1",
      devicetime: "2026-01-02T03:04:05Z",
      source: "/devices/d1",
    });
    expect(event?.data).toEqual({ name: "door", data: { open: true }, boot: 7, seq: 1 });
  });

  it("never get the id of a gateway's event, even with the boots `closed`, `/closed/` and `x/closed`", async () => {
    const { node, token } = await nodeWithDevice();
    const { session } = await connect(node, "d1", token);
    for (const boot of ["closed", "/closed/", "x/closed"]) {
      await session.report({ kind: "event", report: { name: "e", data: null, boot, seq: session.epoch } });
    }
    session.connectionEnded("lost");
    await vi.waitFor(async () => expect(await typesOf(node)).toContain("SessionClosed"));
  });

  it("are not stored at all when one item is invalid", async () => {
    const { node, token } = await nodeWithDevice();
    const { session } = await connect(node, "d1", token);
    const items = [
      { data: { t: 1 }, boot: 1, seq: 1 },
      { data: { t: 2 }, boot: 1 },
    ];
    await expect(session.report({ kind: "telemetry", items })).rejects.toMatchObject({
      code: "invalid-request",
      field: "seq",
    });
    expect(await node.backbone.log.state("TELEMETRY")).toMatchObject({ events: 0 });
  });

  it("are stored in order when a message has two; a message without reports gets the sequence 0", async () => {
    const { node, token } = await nodeWithDevice();
    const { session } = await connect(node, "d1", token);
    const event = (name: string) => ({ kind: "event", report: { name, data: null } }) as const;
    expect(await session.report([])).toBe(0);
    const seq = await session.report([event("one"), event("two")]);
    const events = (await historyOf(node.backbone, "d1")).filter(({ type }) => type === "DeviceEventReported");
    expect(events.map(({ data }) => data)).toMatchObject([{ name: "one" }, { name: "two" }]);
    expect(events.at(-1)?.seq).toBe(seq);
  });

  it("are answered with an error when one of two in a message is refused", async () => {
    const { node, token } = await nodeWithDevice();
    const { session } = await connect(node, "d1", token);
    const reports = [
      { kind: "event", report: { name: "kept", data: null } },
      { kind: "command-result", result: { id: "unknown", ok: true } },
    ] as const;
    await expect(session.report(reports)).rejects.toMatchObject({ code: "command-unknown" });
  });

  it("append an event for a profile only when it has changed", async () => {
    const { node, token } = await nodeWithDevice();
    const { session } = await connect(node, "d1", token);
    const first = await session.report({ kind: "profile", profile: { model: "T1", firmware: "1.0" } });
    expect(await session.report({ kind: "profile", profile: { firmware: "1.0", model: "T1" } })).toBe(first);
    expect(await session.report({ kind: "profile", profile: { model: "T1", firmware: "1.1" } })).toBeGreaterThan(first);
  });
});

describe("a session whose credential is revoked", () => {
  it.each(["retired", "token-rotated"] as const)("stores no further report after it ended as %s", async (reason) => {
    const { node, token } = await nodeWithDevice();
    const { session } = await connect(node, "d1", token);
    node.reserve.update(96, 100);
    const waiting = [
      session.report({ kind: "event", report: { name: "last", data: 1 } }),
      session.report({ kind: "profile", profile: { model: "P1" } }),
    ];
    session.end(reason);
    node.reserve.update(10, 100);
    const late = session.report({ kind: "telemetry", items: [{ data: { n: 1 } }] });
    for (const report of [...waiting, late]) await expect(report).rejects.toMatchObject({ code: "device-retired" });
    expect(await typesOf(node)).not.toContain("DeviceEventReported");
  });
});

describe("commands of a session", () => {
  it("are delivered and answered, each event caused by the one before, and the caller gets the result", async () => {
    const { node, token } = await nodeWithDevice();
    const { session, connection } = await connect(node, "d1", token);
    const waiting = issue(node, "d1", "reboot", 5_000);
    await vi.waitFor(() => expect(connection.delivered).toHaveLength(1));
    const [message] = connection.delivered;
    await answer(session, { id: message?.id ?? "", ok: true, result: { uptime: 0 } });
    expect(await waiting).toMatchObject({ state: "completed", result: { uptime: 0 }, deliveries: 1 });
    const events = await historyOf(node.backbone, "d1");
    expect(events.slice(-3).map(({ type }) => type)).toEqual(["CommandIssued", "CommandDelivered", "CommandCompleted"]);
    expect(new Set(events.slice(-3).map(({ correlationid }) => correlationid))).toEqual(new Set(["c-2"]));
    const [issued, delivered, completed] = events.slice(-3);
    expect(issued?.causationid).toBeUndefined();
    expect(delivered?.causationid).toBe(issued?.id);
    expect(completed?.causationid).toBe(delivered?.id);
  });

  it("that this node issues reach its own session once, with or without the bus", async () => {
    const { node, token } = await nodeWithDevice();
    const { connection } = await connect(node, "d1", token);
    const namesOf = () => connection.delivered.map(({ name }) => name);
    await issue(node, "d1", "with the bus");
    await vi.waitFor(() => expect(namesOf()).toEqual(["with the bus"]));
    vi.spyOn(node.backbone.bus, "publish").mockReturnValue();
    const queries = vi.spyOn(node.fleet.views, "query");
    await issue(node, "d1", "without it");
    await vi.waitFor(() => expect(namesOf()).toEqual(["with the bus", "without it"]));
    // A session that misses the message asks the views after a second.
    expect(queries).not.toHaveBeenCalled();
  });

  it("wait in the log while the device is disconnected, and 11 are delivered in order by a queue of 4", async () => {
    const { node, token } = await nodeWithDevice();
    const names = Array.from({ length: 11 }, (_, index) => `step-${index}`);
    for (const name of names) await issue(node, "d1", name);
    const { session, connection } = await connect(node, "d1", token);
    for (let done = 0; done < names.length; done++) {
      await vi.waitFor(() => expect(connection.delivered.length).toBeGreaterThan(done));
      await answer(session, { id: connection.delivered[done]?.id ?? "", ok: true });
    }
    expect(connection.delivered.map(({ name }) => name)).toEqual(names);
  });

  it("are delivered after each answer, when there is room again", async () => {
    const { node, token } = await nodeWithDevice();
    for (let n = 0; n < 5; n++) await issue(node, "d1", `step-${n}`);
    const { session, connection } = await connect(node, "d1", token);
    await vi.waitFor(() => expect(connection.delivered).toHaveLength(4));
    await issue(node, "d1", "urgent");
    for (const [done, next] of [
      [0, "step-4"],
      [3, "urgent"],
    ] as const) {
      await answer(session, { id: connection.delivered[done]?.id ?? "", ok: true });
      await vi.waitFor(() => expect(connection.delivered.at(-1)?.name).toBe(next));
    }
  });

  it("are recorded as delivered when they reached the device while its session ended", async () => {
    const { node, token } = await nodeWithDevice();
    const { session, connection } = await connect(node, "d1", token);
    const { promise, resolve } = Promise.withResolvers<void>();
    connection.written = promise;
    const { id } = await issue(node, "d1", "reboot");
    await vi.waitFor(() => expect(connection.delivered).toHaveLength(1));
    session.connectionEnded("lost", "this node stops");
    resolve();
    await vi.waitFor(async () => expect(await typesOf(node)).toContain("CommandDelivered"));
    const again = await connect(node, "d1", token);
    await vi.waitFor(() => expect(again.connection.delivered.map((message) => message.id)).toEqual([id]));
  });

  it("do not wait for an earlier command that the device can't take yet; the earlier one is delivered later", async () => {
    const { node, token } = await nodeWithDevice();
    const { session, connection } = await connect(node, "d1", token);
    connection.busyWith = ["get_gpio"];
    for (const name of ["get_gpio", "get_rtc", "get_gpio"]) await issue(node, "d1", name);
    await vi.waitFor(() => expect(connection.delivered.map(({ name }) => name)).toEqual(["get_rtc"]));
    connection.busyWith = [];
    session.offerCommands();
    await vi.waitFor(() =>
      expect(connection.delivered.map(({ name }) => name)).toEqual(["get_rtc", "get_gpio", "get_gpio"]),
    );
    expect((await typesOf(node)).filter((type) => type === "CommandDelivered")).toHaveLength(3);
  });

  function watchPending({ backbone: { bus } }: TestNode) {
    const queries = vi.spyOn(bus, "request");
    return {
      queries: () => queries.mock.calls.filter(([subject]) => subject === querySubject("commands.pending")).length,
    };
  }

  /** The node's query for pending commands is answered when `gate.open` resolves. */
  async function nodeWithSlowViews() {
    const { node, token } = await nodeWithDevice();
    const gate = { open: Promise.resolve(), queries: 0 };
    const { request } = node.backbone.bus;
    vi.spyOn(node.backbone.bus, "request").mockImplementation(async (subject, ...rest) => {
      const answer = await request.call(node.backbone.bus, subject, ...rest);
      if (subject === querySubject("commands.pending")) {
        gate.queries++;
        await gate.open;
      }
      return answer;
    });
    return { node, token, gate };
  }

  it("are delivered after the pending commands when they are issued while the session opens", async () => {
    const { node, token, gate } = await nodeWithSlowViews();
    await issue(node, "d1", "one");
    const { promise, resolve } = Promise.withResolvers<void>();
    gate.open = promise;
    const { connection } = await connect(node, "d1", token);
    await vi.waitFor(() => expect(gate.queries).toBe(1));
    await issue(node, "d1", "two");
    await vi.waitFor(async () => expect((await typesOf(node)).filter((t) => t === "CommandIssued")).toHaveLength(2));
    resolve();
    await vi.waitFor(() => expect(connection.delivered.map(({ name }) => name)).toEqual(["one", "two"]));
  });

  it("are delivered in order when 7 exceed the capacity and 5 more are issued during a query", async () => {
    const { node, token, gate } = await nodeWithSlowViews();
    const names = Array.from({ length: 12 }, (_, index) => `step-${index}`);
    for (const name of names.slice(0, 7)) await issue(node, "d1", name);
    const { session, connection } = await connect(node, "d1", token);
    const finish = async (done: number) => {
      await vi.waitFor(() => expect(connection.delivered.length).toBeGreaterThan(done));
      await answer(session, { id: connection.delivered[done]?.id ?? "", ok: true });
    };
    await finish(0);
    const { promise, resolve } = Promise.withResolvers<void>();
    gate.open = promise;
    const { queries } = gate;
    await finish(1);
    await vi.waitFor(() => expect(gate.queries).toBeGreaterThan(queries));
    for (const name of names.slice(7)) await issue(node, "d1", name);
    resolve();
    for (let done = 2; done < names.length; done++) await finish(done);
    expect(connection.delivered.map(({ name }) => name)).toEqual(names);
  });

  it("are read from the log when live messages are lost; only open commands are delivered", async () => {
    const { node, token } = await nodeWithDevice();
    const { session, connection } = await connect(node, "d1", token, new RecordingConnection({ listening: false }));
    vi.spyOn(node.backbone.bus, "publish").mockImplementation(() => {});
    await issue(node, "d1", "never");
    const { id } = await issue(node, "d1", "cancelled");
    await cancelCommand(node.fleet, testCaller("admin", "c-3"), id);
    await issue(node, "d1", "last");
    const seq = node.backbone.server.stream("FLEET").state.lastSeq;
    await vi.waitFor(() => expect(node.fleet.commandTail.seq).toBe(seq));
    connection.listening = true;
    session.offerCommands();
    await vi.waitFor(() => expect(connection.delivered.map(({ name }) => name)).toEqual(["never", "last"]), 5_000);
  });

  it("are not delivered again when they were answered before CommandIssued came from the log", async () => {
    const { node, token } = await nodeWithDevice();
    const { session, connection } = await connect(node, "d1", token);
    await node.fleet.commandTail.stop();
    const issued = await issue(node, "d1", "quick");
    await vi.waitFor(() => expect(connection.delivered).toHaveLength(1));
    await answer(session, { id: issued.id, ok: true });
    for (const event of await historyOf(node.backbone, "d1")) {
      if (event.type === "CommandIssued") node.sessions.applyCommandEvent(event as RecordedEvent<CommandIssued>);
    }
    await issue(node, "d1", "next");
    await vi.waitFor(() => expect(connection.delivered.map(({ name }) => name)).toEqual(["quick", "next"]));
  });

  it("are all delivered to a device that connects, although the views answer them in several pages", async () => {
    const { node, token } = await nodeWithDevice();
    const names = ["one", "two", "three", "four"];
    for (const name of names) await issue(node, "d1", name);
    const { connection } = await connect(node, "d1", token);
    await vi.waitFor(() => expect(connection.delivered.map(({ name }) => name)).toEqual(names));
  });

  it("are delivered while the views are unavailable, and the pending ones when the views are back", async () => {
    const { node, token } = await nodeWithDevice();
    await issue(node, "d1", "waiting");
    const { request } = node.backbone.bus;
    const away = new FleetError("unavailable", "no projector answers");
    vi.spyOn(node.backbone.bus, "request")
      .mockRejectedValueOnce(away)
      .mockImplementation(request.bind(node.backbone.bus));
    const { connection } = await connect(node, "d1", token);
    await issue(node, "d1", "live");
    await vi.waitFor(() => expect(connection.delivered.map(({ name }) => name)).toEqual(["live", "waiting"]), 5_000);
  });

  it("are delivered again in each new session until they are answered; a different answer is logged", async () => {
    const { node, token } = await nodeWithDevice();
    await issue(node, "d1", "reboot");
    const first = await connect(node, "d1", token);
    await vi.waitFor(() => expect(first.connection.delivered).toHaveLength(1));
    const second = await connect(node, "d1", token);
    await vi.waitFor(() => expect(second.connection.delivered).toHaveLength(1));
    const id = second.connection.delivered[0]?.id ?? "";
    const seq = await answer(second.session, { id, ok: false, error: { code: "busy", message: "later" } });
    expect(await answer(second.session, { id, ok: false, error: { code: "busy", message: "later" } })).toBe(seq);
    const contradictions = () => node.logged.filter(({ msg }) => msg.includes("the command is failed already"));
    expect(contradictions()).toEqual([]);
    expect(node.refusals).toEqual([]);
    expect(await answer(second.session, { id, ok: true })).toBe(seq);
    expect(contradictions()).toMatchObject([{ command: id, device: "d1" }]);
    expect(node.refusals).toEqual(["command-ended"]);
    const third = await connect(node, "d1", token);
    await issue(node, "d1", "after");
    await vi.waitFor(() => expect(third.connection.delivered.map(({ name }) => name)).toEqual(["after"]));
  });

  it("wait until the device can receive them", async () => {
    const { node, token } = await nodeWithDevice();
    const { session, connection } = await connect(node, "d1", token, new RecordingConnection({ listening: false }));
    await issue(node, "d1", "reboot");
    await vi.waitFor(async () => expect(await typesOf(node)).toContain("CommandIssued"));
    expect(await typesOf(node)).not.toContain("CommandDelivered");
    connection.listening = true;
    session.offerCommands();
    await vi.waitFor(() => expect(connection.delivered).toHaveLength(1));
  });

  it("are delivered again when that is requested during the delivery, and are recorded as delivered once", async () => {
    const { node, token } = await nodeWithDevice();
    const { session, connection } = await connect(node, "d1", token);
    const { promise, resolve } = Promise.withResolvers<void>();
    connection.written = promise;
    const { id } = await issue(node, "d1", "reboot");
    await vi.waitFor(() => expect(connection.delivered).toHaveLength(1));
    session.offerCommands(({ name }) => name === "reboot");
    session.offerCommands(({ name }) => name === "other");
    resolve();
    await vi.waitFor(() => expect(connection.delivered).toHaveLength(2));
    await issue(node, "d1", "after");
    await vi.waitFor(() => expect(connection.delivered).toHaveLength(3));
    expect(connection.forgotten).toEqual([]);
    await answer(session, { id, ok: true });
    expect(connection.forgotten).toEqual([id]);
    expect(await typesOf(node)).toEqual([
      "DeviceRegistered",
      "SessionOpened",
      "CommandIssued",
      "CommandDelivered",
      "CommandIssued",
      "CommandDelivered",
      "CommandCompleted",
    ]);
  });

  it("can be answered only by their own device", async () => {
    const { node } = await nodeWithDevice();
    const { token } = await registerDevice(node.fleet, caller, { id: "d2" });
    const { id } = await issue(node, "d1", "reboot");
    const { session } = await connect(node, "d2", token);
    await issue(node, "d2", "other");
    await expect(answer(session, { id, ok: true })).rejects.toMatchObject({ code: "command-unknown" });
  });

  it("are not delivered when they are cancelled before", async () => {
    const { node, token } = await nodeWithDevice();
    const { session, connection } = await connect(node, "d1", token, new RecordingConnection({ listening: false }));
    const { id } = await issue(node, "d1", "reboot");
    await cancelCommand(node.fleet, testCaller("admin", "c-3"), id, "not needed");
    connection.listening = true;
    session.offerCommands();
    await issue(node, "d1", "other");
    await vi.waitFor(() => expect(connection.delivered.map(({ name }) => name)).toEqual(["other"]));
    await expect(cancelCommand(node.fleet, testCaller("admin", "c-4"), id)).resolves.toMatchObject({
      state: "cancelled",
    });
    const events = await historyOf(node.backbone, "d1");
    const [issued, cancelled] = ["CommandIssued", "CommandCancelled"].map((type) =>
      events.find((e) => e.type === type),
    );
    expect(cancelled).toMatchObject({ causationid: issued?.id, correlationid: "c-3" });
  });

  it("are issued once for one idempotency key; the key is refused for a different command", async () => {
    const { node } = await nodeWithDevice();
    const request = {
      device: "d1",
      name: "reboot",
      deadline: inAnHour(),
      idempotencyKey: "k1",
    };
    const issued = await Promise.all([
      issueCommand(node.fleet, caller, request),
      issueCommand(node.fleet, caller, request),
    ]);
    expect(new Set(issued.map(({ id }) => id)).size).toBe(1);
    expect((await typesOf(node)).filter((type) => type === "CommandIssued")).toHaveLength(1);
    await expect(issueCommand(node.fleet, caller, { ...request, name: "wipe" })).rejects.toMatchObject({
      code: "idempotency-key-reused",
    });
  });

  it.each([
    ["without a key", {}],
    ["with a key", { idempotencyKey: "k1" }],
  ])("are issued and delivered once when the acknowledgement of the append was lost, %s", async (_, key) => {
    const { node, token } = await nodeWithDevice();
    const { connection } = await connect(node, "d1", token);
    const { log } = node.backbone;
    const { append } = log;
    // The first append is stored, and its acknowledgement is lost. The second is a duplicate.
    const attempts = vi.spyOn(log, "append").mockImplementation(async (...event) => {
      await append.apply(log, event);
      return append.apply(log, event);
    });
    const request = { device: "d1", name: "reboot", ...key };
    const issued = await issueCommand(node.fleet, caller, { ...request, deadline: inAnHour() });
    expect(attempts.mock.calls.filter(([event]) => event.type === "CommandIssued")).toHaveLength(1);
    attempts.mockRestore();
    expect(issued).toMatchObject({ name: "reboot", device: "d1" });
    await vi.waitFor(() => expect(connection.delivered.map(({ id }) => id)).toEqual([issued.id]), 5_000);
    expect((await typesOf(node)).filter((type) => type === "CommandIssued")).toHaveLength(1);
  });

  it.each([
    ["has read the first one", false],
    ["has started since", true],
  ])(
    "are not delivered again by a node that %s, if another node was cut off and issues the same command late",
    async (_, startedSince) => {
      let now = Date.now();
      const cutOff = await testNode("g1", new MemoryServer({ clock: () => now }));
      const other = await testNode("g2", cutOff.backbone.server);
      await withViews(other.backbone);
      const { token } = await registerDevice(other.fleet, caller, { id: "d1" });
      const { session, connection } = await connect(other, "d1", token);
      const connections = [connection];
      let node = other;
      let { queries } = watchPending(node);
      const request = { device: "d1", name: "open", deadline: inAnHour() };
      const keyed = { ...request, idempotencyKey: "k" };
      // The cut-off node's append waits longer than the log's deduplication window. Meanwhile the operator retries on the
      // other node.
      const { append } = cutOff.backbone.log;
      const elapsed = vi.spyOn(performance, "now");
      vi.spyOn(cutOff.backbone.log, "append").mockImplementationOnce(async (...event) => {
        const { id } = await issueCommand(other.fleet, caller, keyed);
        await vi.waitFor(() => expect(connection.delivered).toHaveLength(1));
        await answer(session, { id, ok: true });
        if (startedSince) {
          node = await testNode("g3", cutOff.backbone.server);
          ({ queries } = watchPending(node));
          connections.push((await connect(node, "d1", token)).connection);
          await vi.waitFor(() => expect(queries()).toBeGreaterThan(0));
        }
        now += 600_000;
        elapsed.mockReturnValue(performance.now() + 600_000);
        return append.apply(cutOff.backbone.log, event);
      });
      const late = await issueCommand(cutOff.fleet, caller, keyed);
      elapsed.mockRestore();
      expect(late).toMatchObject({ state: "completed" });
      expect((await typesOf(other)).filter((type) => type === "CommandIssued")).toHaveLength(2);
      // A node that does not know the repeated event asks the views.
      if (startedSince) await vi.waitFor(() => expect(queries()).toBeGreaterThan(1), 5_000);
      const { lastSeq } = await other.backbone.log.state("FLEET");
      await vi.waitFor(() => expect(node.fleet.commandTail.seq).toBeGreaterThanOrEqual(lastSeq));
      await issueCommand(node.fleet, caller, { ...request, name: "next" });
      const delivered = () => connections.flatMap((one) => one.delivered.map(({ name }) => name));
      await vi.waitFor(() => expect(delivered()).toEqual(["open", "next"]));
    },
  );

  it("have one result for all callers that issue them with the same key", async () => {
    const { node, token } = await nodeWithDevice();
    const { session, connection } = await connect(node, "d1", token);
    const request = { device: "d1", name: "slow", idempotencyKey: "k" };
    const deadline = inAnHour();
    const issuing = Array.from({ length: 5 }, () =>
      issueCommand(node.fleet, caller, { ...request, deadline }, waiting(node, 5_000)),
    );
    await vi.waitFor(() => expect(connection.delivered).toHaveLength(1));
    issuing.push(issueCommand(node.fleet, caller, { ...request, deadline }, waiting(node, 5_000)));
    await vi.waitFor(async () => expect(await typesOf(node)).toContain("CommandDelivered"));
    await answer(session, { id: connection.delivered[0]?.id ?? "", ok: true });
    expect((await Promise.all(issuing)).map(({ state }) => state)).toEqual(issuing.map(() => "completed"));
  });

  it("are refused when they are larger than about 500,000 bytes, or nested 9,000 levels deep", async () => {
    const { node } = await nodeWithDevice();
    const request = { device: "d1", name: "flash", deadline: inAnHour() };
    const refused = (params: unknown) => expect(issueCommand(node.fleet, caller, { ...request, params })).rejects;
    await refused("x".repeat(600_000)).toMatchObject({ code: "payload-too-large", field: "params" });
    await refused(JSON.parse(`${"[".repeat(9_000)}${"]".repeat(9_000)}`)).toMatchObject({ code: "invalid-request" });
    expect(await typesOf(node)).toEqual(["DeviceRegistered"]);
    await issueCommand(node.fleet, caller, { ...request, params: "x".repeat(500_000) });
  });

  it("are refused for a device that is unknown or retired", async () => {
    const { node } = await nodeWithDevice();
    await expect(issue(node, "nobody", "reboot")).rejects.toMatchObject({ code: "device-unknown" });
    await retireDevice(node.fleet, caller, "d1");
    await expect(issue(node, "d1", "reboot")).rejects.toMatchObject({ code: "device-retired" });
  });
});
