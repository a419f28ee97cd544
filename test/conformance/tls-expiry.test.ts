import { connectAsync } from "mqtt";
import { Client } from "rpc-websockets";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Authority, type Issued } from "../support/certificates.ts";
import { eventually } from "../support/eventually.ts";
import { onceOf } from "../support/once.ts";
import { startTlsGateway, type TlsGateway } from "../support/tls-gateway.ts";

let node: TlsGateway;
beforeAll(async () => {
  node = await startTlsGateway();
});
afterAll(() => node[Symbol.asyncDispose]());

/** Repeats with a longer life if the machine was too slow to connect. */
async function withShortLife(run: (notAfter: Date) => Promise<unknown>): Promise<void> {
  for (let lifeMs = 3_000; ; lifeMs *= 2) {
    // Certificates have whole seconds.
    const notAfter = new Date(Math.ceil((Date.now() + lifeMs) / 1_000) * 1_000);
    try {
      await run(notAfter);
      return;
    } catch (error) {
      if (Date.now() < notAfter.getTime()) throw error;
    }
  }
}

type Pair = Pick<Issued, "cert" | "key">;

/** Opens a session; resolves with the time at which its connection was closed. */
const connect = {
  async mqtt(device: string, { cert, key }: Pair): Promise<number> {
    const given = {
      ca: node.authority.cert,
      cert,
      key,
      clientId: device,
      protocolVersion: 5,
      reconnectPeriod: 0,
    } as const;
    const client = await connectAsync(node.mqtts, given);
    await onceOf(client, "close");
    return Date.now();
  },
  async websocket(device: string, { cert, key }: Pair): Promise<number> {
    const client = new Client(`wss://${node.https}/device`, {
      reconnect: false,
      ...({ ca: node.authority.cert, cert, key } as object),
    });
    await new Promise<void>((resolve, reject) => {
      client.on("open", resolve);
      client.on("error", reject);
    });
    const closed = new Promise<number>((resolve) => client.on("close", () => resolve(Date.now())));
    await eventually(async () =>
      expect((await node.api.events(device)).at(-1)).toMatchObject({ type: "SessionOpened" }),
    );
    return closed;
  },
};

const PROTOCOLS = ["mqtt", "websocket"] as const;

async function endsWith(
  protocol: (typeof PROTOCOLS)[number],
  device: string,
  notAfter: Date,
  shown: Pair,
): Promise<void> {
  expect(await connect[protocol](device, shown)).toBeGreaterThanOrEqual(notAfter.getTime());
  await eventually(async () =>
    expect((await node.api.events(device)).at(-1)).toMatchObject({
      type: "SessionClosed",
      data: { reason: "certificate-ended" },
    }),
  );
}

describe("the session of a certificate of FLEETLOG_TLS_CLIENT_CA ends", () => {
  const devices = (name: string) => PROTOCOLS.map((protocol) => ({ protocol, device: `${name}-${protocol}` }));

  it("when the certificate expires", async () => {
    const both = devices("leaf");
    for (const { device } of both) await node.api.register(device);
    await withShortLife((notAfter) => {
      const ends = both.map(({ protocol, device }) =>
        endsWith(protocol, device, notAfter, node.authority.issue({ names: [device], notAfter })),
      );
      return Promise.all(ends);
    });
  });

  it("when an authority in that file, above the certificate, expires", async () => {
    const both = devices("below");
    for (const { device } of both) await node.api.register(device);
    await withShortLife(async (notAfter) => {
      const plant = new Authority("Plant CA", node.authority, { notAfter });
      const before = node.logged.length;
      await node.replace("ca", node.authority.cert + plant.cert);
      await eventually(() =>
        expect(node.logged.slice(before).map(({ msg }) => msg)).toContain("renewed TLS certificates are in use"),
      );
      await Promise.all(
        both.map(({ protocol, device }) => endsWith(protocol, device, notAfter, plant.issue({ names: [device] }))),
      );
    });
  });
});
