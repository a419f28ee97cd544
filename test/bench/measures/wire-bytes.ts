import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { type Agent, createAgent } from "@fleetlog/agent";
import { nextEvent } from "../../support/agent-event.ts";
import { startStack } from "../../support/stack.ts";
import { UNLIMITED } from "../devices.ts";
import type { Measure, Result } from "../measure.ts";

const HOST = "127.0.0.1";
const REPORTS = 200;
const MOST = 40;

async function countingProxy(port: number) {
  let bytes = 0;
  const server = createServer((near) => {
    const far = connect({ host: HOST, port });
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        to.write(chunk);
      });
      from.on("error", () => to.destroy());
      from.on("close", () => to.destroy());
    }
  });
  server.listen(0, HOST);
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    get bytes() {
      return bytes;
    },
    close: () => void server.close(),
  };
}

const values = (n: number) => ({ temperature: 21 + (n % 10) / 10, humidity: 40 + (n % 7) });

interface Counter {
  readonly bytes: number;
}

/** Bytes for each report, both ways, beyond its own JSON. The first `atOnce` reports do not count. */
async function overhead(agent: Agent, counter: Counter, atOnce: number): Promise<number> {
  let before = 0;
  let own = 0;
  for (let n = -atOnce; n < REPORTS; n += atOnce) {
    if (n === 0) {
      before = counter.bytes;
      own = 0;
    }
    for (let i = 0; i < atOnce; i++) {
      const data = values(n + i);
      const at = new Date();
      const id = agent.report(data, { at });
      own += Buffer.byteLength(JSON.stringify({ data, at, ...id }));
    }
    await agent.flushed();
  }
  return (counter.bytes - before - own) / REPORTS;
}

/**
 * What JSON-RPC 2.0 and WebSocket need for one call of one report, whatever gateway and agent do. It is a call without
 * its params, the shortest answer with a sequence, and the headers of both frames. The header of the client's frame has
 * a mask.
 */
function leastOfCall(): number {
  const call = '{"jsonrpc":"2.0","method":"telemetry.report","params":,"id":1}';
  const answer = '{"jsonrpc":"2.0","result":{"seq":1},"id":1}';
  const frames = [2 + 2 + 4, 2];
  return [call.length, answer.length, ...frames].reduce((sum, each) => sum + each);
}

/**
 * TCP payload of the agent's telemetry report and its acknowledgement, beyond the report's own JSON
 * (`{"data","at","boot","seq"}`).
 */
export const wireBytes: Measure = {
  name: "bytes on the wire",
  async run({ progress }) {
    await using stack = await startStack({ env: UNLIMITED });
    const [gateway] = stack.gateways;
    if (gateway === undefined) throw new Error("no gateway");
    const protocols = [
      ["MQTT 3.1.1", gateway.mqttPort, (port: number) => ({ url: `mqtt://${HOST}:${port}`, mqttVersion: 4 as const })],
      ["MQTT 5", gateway.mqttPort, (port: number) => ({ url: `mqtt://${HOST}:${port}`, mqttVersion: 5 as const })],
      ["JSON-RPC", gateway.httpPort, (port: number) => ({ url: `ws://${HOST}:${port}/device` })],
    ] as const;
    const results: Result[] = [];
    for (const [name, port, addressOf] of protocols) {
      progress(name);
      const proxy = await countingProxy(port);
      const device = `w-${results.length}`;
      const token = await stack.api.register(device);
      const agent = createAgent({ device, token, ...addressOf(proxy.port), limits: { heartbeatMs: 600_000 } });
      agent.start();
      await nextEvent(agent, "connected");
      try {
        for (const [how, atOnce] of [
          ["one at a time", 1],
          [`${REPORTS} at once, in the agent's lists`, REPORTS],
        ] as const) {
          const over = await overhead(agent, proxy, atOnce);
          results.push({
            name: `bytes beyond the report's own, ${name}, ${how}`,
            value: over,
            unit: "bytes",
            goal: { atMost: MOST },
          });
        }
      } finally {
        await agent.stop();
        proxy.close();
      }
    }
    results.push({
      name: "bytes of a single JSON-RPC call without its params, its answer and their WebSocket frames, at least",
      value: leastOfCall(),
      unit: "bytes",
    });
    return results;
  },
};
