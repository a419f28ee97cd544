import { type ChildProcess, spawn } from "node:child_process";
import { describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { type MqttTestEndpoint, startMqttEndpoint } from "../support/mqtt-endpoint.ts";
import { suiteWith } from "../support/suite-with.ts";

const VERSIONS = ["mqttv31", "mqttv311", "mqttv5"] as const;

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

function run(
  program: string,
  node: MqttTestEndpoint,
  token: string,
  args: string[],
): { child: ChildProcess; ended: Promise<Ended> } {
  const login = ["-h", "127.0.0.1", "-p", `${node.port}`, "-i", "d1", "-u", "d1", "-P", token];
  const child = spawn(program, [...login, ...args]);
  let output = "";
  child.stdout.on("data", (data) => {
    output += data;
  });
  child.stderr.on("data", (data) => {
    output += data;
  });
  const ended = new Promise<Ended>((resolve) => child.once("close", (code) => resolve({ code, output })));
  return { child, ended };
}

suiteWith("mosquitto", "mosquitto's clients as devices", () => {
  describe.each(VERSIONS)("in %s", (version) => {
    it.each(["0", "1", "2"])("mosquitto_pub reports with QoS %s", async (qos) => {
      await using node = await startMqttEndpoint();
      const token = await node.register("d1");
      const report = ["-V", version, "-q", qos, "-t", "me/telemetry", "-m", '{"data":{"t":1}}'];
      expect(await run("mosquitto_pub", node, token, report).ended).toEqual({ code: 0, output: "" });
      await eventually(async () => expect(await node.events("d1", "telemetry")).toHaveLength(1));
    });

    it("mosquitto_sub receives a pending command", async () => {
      await using node = await startMqttEndpoint();
      const token = await node.register("d1");
      const command = await node.issue("d1", "reboot", { in: 5 });
      const args = ["-V", version, "-q", "1", "-t", "me/command/+", "-C", "1", "-F", "%t %q %p"];
      const { code, output } = await run("mosquitto_sub", node, token, args).ended;
      expect(code).toBe(0);
      const [topic, qos, payload] = output.trim().split(/ (\d) /);
      expect([topic, qos]).toEqual([`me/command/${command.id}`, "1"]);
      expect(JSON.parse(payload ?? "")).toMatchObject({ id: command.id, name: "reboot", params: { in: 5 } });
    });

    it("the will of mosquitto_sub is published when mosquitto_sub is killed", async () => {
      await using node = await startMqttEndpoint();
      const token = await node.register("d1");
      const will = ["--will-topic", "me/event/gone", "--will-payload", '{"data":null}', "--will-qos", "1"];
      const { child, ended } = run("mosquitto_sub", node, token, ["-V", version, "-t", "me/#", ...will]);
      await eventually(() => expect(node.sessions.get("d1")).toBeDefined());
      child.kill("SIGKILL");
      await ended;
      await eventually(async () => expect(await node.events("d1", "event")).toHaveLength(1));
    });

    it("mosquitto_pub reports a refused log-in", async () => {
      await using node = await startMqttEndpoint();
      await node.register("d1");
      const { code, output } = await run("mosquitto_pub", node, "wrong", [
        "-V",
        version,
        "-t",
        "me/profile",
        "-m",
        "{}",
      ]).ended;
      expect(code).not.toBe(0);
      expect(output).toMatch(/user name or password/i);
    });
  });

  it("mosquitto_pub sends a stream of reports in order", async () => {
    await using node = await startMqttEndpoint();
    const token = await node.register("d1");
    const { child, ended } = run("mosquitto_pub", node, token, ["-q", "2", "-t", "me/telemetry", "-l"]);
    const count = 300;
    for (let n = 0; n < count; n++) child.stdin?.write(`{"data":{"n":${n}}}\n`);
    child.stdin?.end();
    expect((await ended).code).toBe(0);
    const events = await node.events("d1", "telemetry");
    expect(events.map(({ data }) => (data as { data: { n: number } }).data.n)).toEqual(
      Array.from({ length: count }, (_, n) => n),
    );
  });
});
