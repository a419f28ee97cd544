import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import type { UpdatesPage } from "@fleetlog/protocol";
import { TpedmGateway } from "@fleetlog/simulators";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Authority, type Issued } from "../support/certificates.ts";
import { eventually } from "../support/eventually.ts";
import { type Stack, startStack } from "../support/stack.ts";

const authority = new Authority("Vendor CA");
const other = new Authority("Other CA");
const client = authority.issue({ names: ["scans"] });
const DAY = 86_400_000;
const own = authority.issue({ names: ["catalogue"], usage: "server" });
const expired = authority.issue({
  ...{ names: ["catalogue"], usage: "server" },
  ...{ notBefore: new Date(Date.now() - 2 * DAY), notAfter: new Date(Date.now() - DAY) },
});
const login = { clientId: "plant-1", userName: "line-1", password: "correct-horse-battery" };

const servers: Server[] = [];
let gateway: TpedmGateway | undefined;
let stack: Stack;
const forbidden: string[] = [];
beforeAll(async () => {
  stack = await startStack({ env: { FLEETLOG_CATALOGUE_NETWORKS: "127.0.0.1" } });
}, 60_000);
afterAll(async () => {
  await gateway?.stop();
  await stack[Symbol.asyncDispose]();
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});

async function serve(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  { cert, key }: Pick<Issued, "cert" | "key"> = own,
): Promise<string> {
  const server = createServer({ cert, key, ca: authority.cert, requestCert: true, rejectUnauthorized: true }, answer);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  servers.push(server);
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}/api`;
}

it("a scan shows why each failing catalogue gave no answer, beside the updates of the one that answered", async () => {
  const fine = (_: IncomingMessage, response: ServerResponse) =>
    void response.end(JSON.stringify({ data: [{ firmwareVersion: "1.5.0" }] }));
  const endless = (_: IncomingMessage, response: ServerResponse) => {
    const more = () => {
      while (!response.destroyed && response.write(" ".repeat(16_384)));
    };
    response.on("drain", more);
    more();
  };
  const good = await serve(fine);
  const inner = await serve((request, response) => {
    forbidden.push(request.url ?? "");
    fine(request, response);
  });
  const elsewhere = inner.replace("127.0.0.1", "127.0.0.2");
  const tls = { certificate: client.cert, key: client.key, ca: authority.cert };
  const unknownClient = other.issue({ names: ["scans"] });
  const catalogues: Readonly<Record<string, readonly [body: object, reason: RegExp | undefined]>> = {
    "01-good": [{ url: good, ...tls }, undefined],
    "02-wrong-authority": [{ url: good, ...tls, ca: other.cert }, /can't be reached \((?:UNABLE|SELF|CERT)/],
    "03-public-authorities": [{ url: good, certificate: client.cert, key: client.key }, /can't be reached/],
    "04-expired": [{ url: await serve(fine, expired), ...tls }, /can't be reached \(CERT_HAS_EXPIRED\)/],
    "05-no-client-certificate": [{ url: good, ca: authority.cert }, /can't be reached/],
    "06-strange-client": [
      { url: good, certificate: unknownClient.cert, key: unknownClient.key, ca: authority.cert },
      /can't be reached/,
    ],
    "07-endless": [{ url: await serve(endless), ...tls }, /longer than 512 KiB/],
    "08-silent": [{ url: await serve(() => {}), ...tls }, /no answer within 15 s/],
    "09-broken-json": [{ url: await serve((_, response) => void response.end('{"data":[')), ...tls }, /not JSON/],
    "10-cut": [
      {
        url: await serve(
          (_, response) =>
            void response.writeHead(200, { "content-length": "99" }).write("{", () => response.destroy()),
        ),
        ...tls,
      },
      /can't be reached/,
    ],
    "11-redirect": [
      { url: await serve((_, response) => void response.writeHead(302, { location: elsewhere }).end()), ...tls },
      /it answered 302/,
    ],
    "12-private-network": [{ url: elsewhere, ...tls }, /must not be connected to: it is not a public address/],
  };
  expect((await stack.api.call("POST", "/api/devices", { dialect: "tpedm", login })).status).toBe(201);
  gateway = new TpedmGateway({ url: `mqtt://127.0.0.1:${stack.gateways[0]?.mqttPort}`, ...login });
  await gateway.start();
  await eventually(
    async () => expect((await stack.api.device("plant-1")).profile?.firmwareVersion).toBe("1.4.0"),
    60_000,
  );
  for (const [name, [body]] of Object.entries(catalogues))
    expect(await stack.api.call("PUT", `/api/catalogues/${name}`, { kind: "tpedm", ...body })).toMatchObject({
      status: 201,
    });
  const { body: scan } = await stack.api.call<{ id: string }>("POST", "/api/scans", { to: { devices: ["plant-1"] } });
  await eventually(
    async () => expect((await stack.api.call("GET", `/api/scans/${scan.id}`)).body).toMatchObject({ state: "ended" }),
    240_000,
  );
  const [found] = (await stack.api.call<UpdatesPage>("GET", "/api/updates?device=plant-1")).body.items;
  expect(found?.state).toBe("failed");
  expect(found?.updates).toMatchObject([{ catalogue: "01-good", package: "firmware", state: "available" }]);
  for (const [name, [, reason]] of Object.entries(catalogues)) {
    const reasons =
      found?.failures.filter(({ catalogue }) => catalogue === name).map((failure) => failure.reason) ?? [];
    expect(reasons, name).toHaveLength(reason === undefined ? 0 : 2);
    for (const text of reasons) expect(text, name).toMatch(reason as RegExp);
  }
  expect(JSON.stringify(found)).not.toContain("PRIVATE KEY");
  expect(forbidden).toEqual([]);
}, 400_000);
