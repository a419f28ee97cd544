import { setImmediate as turn } from "node:timers/promises";
import { declaredParams, paramsFault } from "@fleetlog/protocol";
import { beforeEach, describe, expect, it } from "vitest";
import { declaredFor } from "./requests/index.ts";
import type { GivenMetric } from "./testing/device.ts";
import { failed, REPLY, result, sent, Talk } from "./testing/talk.ts";

let talk: Talk;
beforeEach(() => {
  talk = new Talk();
});

describe("package commands", () => {
  const params = { url: "https://files.example/heater.dp", name: "heater", version: "1.0.0" };
  const start = (more: object = {}) => sent(talk.send("package.download", { ...params, ...more }));
  const job = (message: ReturnType<typeof start>) => BigInt(message.values["job.id"] as number);
  const notify = (stage: string, metrics: Readonly<Record<string, GivenMetric>>) =>
    talk.receive(`${REPLY}/DEPLOY-V2/NOTIFY/gw-1/${stage}`, metrics);

  it("package.download is accepted, goes on, and ends with a notification", () => {
    const message = start();
    expect(message).toMatchObject({
      topic: "$EDC/acme/gw-1/DEPLOY-V2/EXEC/download",
      values: { "dp.uri": params.url, "dp.name": "heater", "dp.download.protocol": "HTTP", "dp.install": false },
    });
    const accepted = { kind: "command-progress", progress: { id: "c1", step: "accepted" } };
    expect(talk.receive(`${REPLY}/DEPLOY-V2/REPLY/c1`, { "response.code": 200 })).toEqual(accepted);
    expect(talk.receive(`${REPLY}/DEPLOY-V2/REPLY/c1`, { "response.code": 200 })).toEqual([]);
    const one = { "job.id": job(message), "dp.download.size": 1_000 };
    const going = { ...one, "dp.download.status": "IN_PROGRESS", "dp.download.progress": 40 };
    expect(notify("download", going)).toEqual({
      kind: "command-progress",
      progress: { id: "c1", step: "downloading", percent: 40, message: "1000 bytes" },
    });
    const done = { ...one, "dp.download.status": "COMPLETED", "dp.download.progress": 100 };
    expect(notify("install", done)).toEqual([]);
    const ended = result({ ok: true, result: { download: "completed", size: 1_000 } });
    expect(notify("download", done)).toEqual(ended);
    expect(notify("download", done)).toEqual([]);
  });

  it("package.download may install the package, too", () => {
    const id = job(start({ install: true }));
    expect(notify("download", { "job.id": id, "dp.download.status": "COMPLETED" })).toMatchObject({
      progress: { step: "installing" },
    });
    expect(notify("install", { "job.id": id, "dp.install.status": "COMPLETED", "dp.name": "heater-1.0.0.dp" })).toEqual(
      result({ ok: true, result: { install: "completed", file: "heater-1.0.0.dp" } }),
    );
  });

  it("fail with the device's text", () => {
    const id = job(start());
    const metrics = { "job.id": id, "dp.download.status": "FAILED", "dp.download.error.message": "no route" };
    expect(notify("download", metrics)).toEqual(failed("download-failed", "the download has failed: no route"));
    expect(talk.send("package.uninstall", { name: "heater" }, { id: "c2" })).toBeUndefined();
    talk.conversation.forget?.("c1");
    const other = sent(talk.send("package.uninstall", { name: "heater" }, { id: "c2" }));
    const failure = { "job.id": job(other), "dp.uninstall.status": "FAILED" };
    expect(notify("uninstall", failure)).toMatchObject({ result: { id: "c2", error: { code: "uninstall-failed" } } });
  });

  it("fail with the text in the body when the device is busy", () => {
    start();
    const body = "Another resource is already in download";
    expect(talk.receive(`${REPLY}/DEPLOY-V2/REPLY/c1`, { "response.code": 500 }, body)).toEqual(
      failed("kura-500", `the device could not do the request: ${body}`),
    );
  });

  it("run one at a time; the next one is offered once the first has ended", async () => {
    start();
    expect(talk.send("package.install", { name: "a", version: "1" }, { id: "c2" })).toBeUndefined();
    expect(talk.send("packages.list", null, { id: "c3" })).toBeDefined();
    talk.conversation.forget?.("c1");
    await turn();
    expect(talk.connection.offers).toBe(1);
    expect(talk.send("package.install", { name: "a", version: "1" }, { id: "c2" })).toBeDefined();
  });

  it("are not sent again after a reconnection; notifications complete them, also a notification that came before the redelivery", async () => {
    const id = job(start());
    talk = new Talk();
    const done = { "job.id": id, "dp.download.status": "COMPLETED" };
    expect(notify("download", done)).toEqual([]);
    expect(talk.send("package.download", params, { deliveries: 1 })).toBeUndefined();
    expect(await talk.reported()).toEqual([
      { kind: "command-progress", progress: expect.objectContaining({ step: "waiting for the answer" }) },
      result({ ok: true, result: { download: "completed" } }),
    ]);
    expect(talk.send("packages.list", null, { deliveries: 1, id: "c3" })).toBeDefined();
  });

  describe("that name an artifact", () => {
    const artifact = { artifact: "heater", name: "heater", version: "1.0.0" };
    const download = { url: "https://fleet.example/api/downloads/heater/1.0.0?signature=s", sha256: "ab12", size: 5 };

    it("are sent with a download link and the artifact's digest", async () => {
      talk.connection.artifacts.set("heater", download);
      expect(talk.send("package.download", artifact)).toBeUndefined();
      expect(talk.send("package.install", { name: "a", version: "1" }, { id: "c2" })).toBeUndefined();
      await turn();
      expect(talk.connection.offers).toBe(1);
      expect(sent(talk.send("package.download", artifact)).values).toMatchObject({
        "dp.uri": download.url,
        "dp.download.hash": "SHA-256:ab12",
        "dp.name": "heater",
        "dp.version": "1.0.0",
      });
    });

    it("fail if the artifact does not exist, and the next command is offered", async () => {
      expect(talk.send("package.download", artifact)).toBeUndefined();
      await turn();
      expect(await talk.reported()).toEqual([failed("artifact-unknown", "no artifact heater")]);
      expect(talk.connection.offers).toBe(1);
      expect(talk.send("package.install", { name: "a", version: "1" }, { id: "c2" })).toBeDefined();
    });

    it("are not sent if they were cancelled during the look-up of the artifact, and the next command is offered", async () => {
      talk.connection.artifacts.set("heater", download);
      talk.send("package.download", artifact);
      talk.conversation.forget?.("c1");
      await turn();
      expect(talk.connection.offers).toBe(1);
      expect(talk.send("package.install", { name: "a", version: "1" }, { id: "c2" })).toBeDefined();
    });

    it.each([
      [{ ...artifact, url: params.url }, "params.artifact"],
      [{ name: "heater", version: "1" }, "params.url"],
      [{ ...params, url: "https://ada:secret@files.example/heater.dp" }, "params.url"],
      [params, undefined],
      [artifact, undefined],
    ])("may have either an artifact or a URL without a password: %j", (given, field) => {
      const profile = { commands: declaredFor(undefined) };
      expect(paramsFault(declaredParams(profile, "package.download"), given)?.field).toBe(field);
    });

    it.each([
      [
        "an artifact and an address",
        { ...artifact, url: "https://files.example/x.dp" },
        "params.url is not allowed with params.artifact",
      ],
      [
        "a digest",
        { ...artifact, hash: "MD5:00" },
        "params.hash is not allowed with params.artifact, which has its own",
      ],
      [
        "a version that no artifact can have",
        { ...artifact, version: "1 beta" },
        "params.version is no version of an artifact",
      ],
      [
        "neither an artifact nor an address",
        { name: "heater", version: "1" },
        "params.url or params.artifact is needed",
      ],
    ])("fail with %s", async (_, given, message) => {
      expect(talk.send("package.download", given)).toBeUndefined();
      expect(await talk.reported()).toEqual([failed("invalid-params", message)]);
    });
  });

  it("are stopped on the device when they are cancelled", () => {
    start();
    talk.conversation.forget?.("c1");
    const message = sent(talk.conversation.cancelled?.({ id: "c1", reason: "cancelled" }));
    expect(message).toMatchObject({
      topic: "$EDC/acme/gw-1/DEPLOY-V2/DEL/download",
      values: { "request.id": "own.c1" },
    });
    expect(talk.receive(`${REPLY}/DEPLOY-V2/REPLY/own.c1`, { "response.code": 200 })).toEqual([]);
    expect(talk.conversation.cancelled?.({ id: "c9", reason: "cancelled" })).toBeUndefined();
  });
});

describe("a late reply", () => {
  it("completes its command also on a newer connection", () => {
    const metrics = { "response.code": 200, "command.exit.code": 0, "command.stdout": "x" };
    expect(talk.receive(`${REPLY}/CMD-V1/REPLY/c1`, metrics)).toMatchObject({ result: { ok: true } });
    expect(talk.receive(`${REPLY}/CONF-V1/REPLY/c2`, { "response.code": 200 })).toMatchObject({ result: { id: "c2" } });
    expect(talk.receive(`${REPLY}/DEPLOY-V2/REPLY/c3`, { "response.code": 200 })).toEqual([]);
    expect(talk.receive(`${REPLY}/OTHER/REPLY/c4`, { "response.code": 200 })).toEqual([]);
  });
});

it("requests are compressed once the device has said that it reads gzip", () => {
  talk.receive("$EDC/acme/gw-1/MQTT/BIRTH", { accept_encoding: "gzip" });
  const message = talk.send("exec", { command: "a".repeat(2_000) });
  expect(Buffer.from(message?.payload ?? "").subarray(0, 2)).toEqual(Buffer.from([0x1f, 0x8b]));
  expect(sent(message).values["command.command"]).toHaveLength(2_000);
});
