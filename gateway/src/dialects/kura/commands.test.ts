import { beforeEach, describe, expect, it } from "vitest";
import type { GivenMetric } from "./testing/device.ts";
import { failed, REPLY, result, sent, Talk } from "./testing/talk.ts";

let talk: Talk;
beforeEach(() => {
  talk = new Talk();
});

describe("commands of a Kura device", () => {
  it("exec runs a program, and its output is the result", () => {
    const message = talk.send("exec", { command: "ls", arguments: ["-l", "/"], timeout: 5, environment: ["A=b"] });
    expect(sent(message)).toMatchObject({
      topic: "$EDC/acme/gw-1/CMD-V1/EXEC/command",
      timestamp: 1_000,
      values: {
        "request.id": "c1",
        "requester.client.id": "fleetlog",
        "command.command": "ls",
        "command.argument0": "-l",
        "command.argument1": "/",
        "command.timeout": 5,
        "command.environment.pair0": "A=b",
      },
    });
    const metrics = { "response.code": 200, "command.stdout": "out", "command.stderr": "", "command.exit.code": 0 };
    const value = { exitCode: 0, stdout: "out", stderr: "", timedOut: false };
    expect(talk.receive(`${REPLY}/CMD-V1/REPLY/c1`, metrics)).toEqual(result({ ok: true, result: value }));
    // A reply that comes twice counts once.
    expect(talk.receive(`${REPLY}/CMD-V1/REPLY/c1`, metrics)).toEqual([]);
  });

  it.each([
    [{ "response.code": 400 }, "kura-400", "the device can't do this request as it is"],
    [
      { "response.code": 404, "response.exception.message": "Resource not found" },
      "kura-404",
      "the device has no such resource: Resource not found",
    ],
    [
      { "response.code": 500, "response.exception.message": "boom" },
      "kura-500",
      "the device could not do the request: boom",
    ],
    [
      { "response.code": 500, "command.exit.code": 2, "command.stderr": "no such file\n", "command.stdout": "a" },
      "exit-2",
      "the program ended with exit code 2: no such file: a",
    ],
    [{ "response.code": 200, "command.timedout": true }, "timed-out", "the program did not end in time"],
    [{}, "unreadable-reply", "the device's reply has no response.code"],
  ] as const)("exec fails with clear text: %j", (metrics, code, message) => {
    talk.send("exec", { command: "ls" });
    expect(talk.receive(`${REPLY}/CMD-V1/REPLY/c1`, metrics as Readonly<Record<string, GivenMetric>>)).toEqual(
      failed(code, message),
    );
  });

  it("are refused at once if their name is unknown or their parameters are invalid", async () => {
    for (const [name, params] of [
      ["reboot", null],
      ["exec", {}],
      ["configuration.put", { configurations: [] }],
    ] as const)
      expect(talk.send(name, params, { id: name })).toBeUndefined();
    talk.send("reboot", null, { id: "reboot" });
    const codes = (await talk.reported()).map(
      (one) => (one as { result: { error: { code: string } } }).result.error.code,
    );
    expect(codes).toEqual(["unknown-command", "invalid-params", "invalid-params"]);
  });

  it("configuration.get reads one component or all of them", () => {
    expect(sent(talk.send("configuration.get")).topic).toBe("$EDC/acme/gw-1/CONF-V1/GET/configurations");
    expect(sent(talk.send("configuration.get", { component: "a.b" })).topic).toMatch(
      /CONF-V1\/GET\/configurations\/a\.b$/,
    );
    const xml = '<esf:configurations><esf:configuration pid="a.b"/></esf:configurations>';
    expect(talk.receive(`${REPLY}/CONF-V1/REPLY/c1`, { "response.code": 200 }, xml)).toEqual(
      result({ ok: true, result: { configurations: [{ pid: "a.b", properties: [] }] } }),
    );
  });

  it("configuration.get fails if the answer can't be read, or is too large", () => {
    talk.send("configuration.get");
    const bomb = '<!DOCTYPE a [<!ENTITY b "c">]><configurations>&b;</configurations>';
    expect(talk.receive(`${REPLY}/CONF-V1/REPLY/c1`, { "response.code": 200 }, bomb)).toEqual(
      failed("unreadable-reply", "the XML has a document type, which is not read"),
    );
    talk.send("configuration.get", null, { id: "c2" });
    const large = `<configuration pid="a"><properties><property name="x" type="String"><value>${"v".repeat(300_000)}</value></property></properties></configuration>`;
    const answered = (id: string, xml: string) =>
      talk.receive(`${REPLY}/CONF-V1/REPLY/${id}`, { "response.code": 200 }, `<configurations>${xml}</configurations>`);
    expect(answered("c2", large)).toMatchObject({
      result: { ok: false, error: { message: "the configuration is larger than 262144 bytes" } },
    });
    talk.send("configuration.get", null, { id: "c3" });
    expect(answered("c3", `${large}<configuration pid="b"/>`)).toMatchObject({
      result: { ok: false, error: { message: expect.stringMatching(/: read one component at a time$/) } },
    });
  });

  it("configuration.put sends XML, and no passwords", async () => {
    const properties = [{ name: "port", type: "Integer", value: 123 }];
    const message = sent(talk.send("configuration.put", { configurations: [{ pid: "a.b", properties }] }));
    expect(message.topic).toBe("$EDC/acme/gw-1/CONF-V1/PUT/configurations/a.b");
    expect(message.body).toContain('<esf:property name="port" array="false" encrypted="false" type="Integer">');
    expect(talk.receive(`${REPLY}/CONF-V1/REPLY/c1`, { "response.code": 200 })).toEqual(
      result({ ok: true, result: { accepted: true } }),
    );
    const password = [{ name: "p", type: "Password", value: "x" }];
    expect(
      talk.send("configuration.put", { configurations: [{ pid: "a", properties: password }] }, { id: "c2" }),
    ).toBeUndefined();
    const control = [{ name: "p", type: "String", value: "\u0001" }];
    expect(
      talk.send("configuration.put", { configurations: [{ pid: "a", properties: control }] }, { id: "c3" }),
    ).toBeUndefined();
    expect(await talk.reported()).toHaveLength(2);
  });

  it("packages.list and bundles.list send requests to Kura's deployment service, and return the reply", () => {
    expect(sent(talk.send("packages.list")).topic).toBe("$EDC/acme/gw-1/DEPLOY-V2/GET/packages");
    expect(talk.receive(`${REPLY}/DEPLOY-V2/REPLY/c1`, { "response.code": 200 }, "<packages/>")).toEqual(
      result({ ok: true, result: { packages: [] } }),
    );
    expect(sent(talk.send("bundles.list", null, { id: "c2" })).topic).toBe("$EDC/acme/gw-1/DEPLOY-V2/GET/bundles");
  });
});
