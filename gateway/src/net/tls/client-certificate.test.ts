import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type TLSSocket } from "node:tls";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BoundedLog } from "../bounded-log.ts";
import { boundLimits, ConnectionBound } from "../connection-bound.ts";
import { certifiedDevice } from "./client-certificate.ts";
import { materialOf, type TlsMaterial, type TlsTexts } from "./material.ts";
import { createTlsServer, type TlsServer } from "./server.ts";

const logger = pino({ level: "silent" });
let folder: string;
const text = (file: string) => readFileSync(join(folder, file), "utf8");
const issuerOf = (name: string) => ({ certificate: text(`${name}.pem`), fingerprint: name });

function issue(name: string, { above, extensions }: { above?: string; extensions: string }): void {
  const openssl = (...args: string[]) => execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });
  writeFileSync(join(folder, "extensions"), extensions);
  const keys = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", `${name}.key`];
  openssl("req", ...keys, "-subj", `/CN=${name}`, "-out", "request");
  const signer = above === undefined ? ["-key", `${name}.key`] : ["-CA", `${above}.pem`, "-CAkey", `${above}.key`];
  const serial = above === undefined ? [] : ["-CAcreateserial"];
  const out = ["-days", "2", "-extfile", "extensions", "-out", `${name}.pem`];
  openssl("x509", "-req", "-in", "request", ...signer, ...serial, ...out);
}

/**
 * Authorities of the installation: `plant`, `next` and `branchless`. Authority of the file: `file`. `plant` and `file`
 * have devices and an intermediate authority (a branch); `branchless` may have no branch.
 */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fleetlog-client-"));
  const authority = "basicConstraints=critical,CA:TRUE\nsubjectKeyIdentifier=hash\n";
  const device = "extendedKeyUsage=clientAuth\n";
  for (const name of ["plant", "next", "file"]) issue(name, { extensions: authority });
  issue("branchless", { extensions: authority.replace("TRUE", "TRUE,pathlen:0") });
  for (const above of ["plant", "file"]) {
    issue(`${above}-branch`, { above, extensions: authority });
    for (const name of [above, `${above}-branch`]) issue(`${name}-device`, { above: name, extensions: device });
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

function material(texts: Partial<TlsTexts>): TlsMaterial {
  const server = { tlsCert: text("file.pem"), tlsKey: text("file.key") };
  return materialOf({ own: [issuerOf("plant")], withdrawn: [], servers: [], ...server, ...texts });
}

function serverWith(texts: Partial<TlsTexts>): TlsServer {
  return createTlsServer(material(texts), {
    logger,
    boundedLog: new BoundedLog(logger, Date.now),
    observe: { certificateRefused: () => undefined },
    customers: { issuerOf: () => undefined },
    clock: Date.now,
    handshakes: new ConnectionBound(boundLimits(20, () => false)),
    handshakeMs: 5_000,
  });
}

/** What the server finds out about a device that sends its certificate, followed by those in `above`. */
async function show({ server }: TlsServer, device: string, above: readonly string[] = []): Promise<unknown> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const cert = [device, ...above].map((name) => text(`${name}.pem`)).join("");
  const accepted = once(server, "secureConnection") as Promise<[TLSSocket]>;
  const client = connect({ port, host: "127.0.0.1", rejectUnauthorized: false, cert, key: text(`${device}.key`) });
  client.on("error", () => undefined);
  try {
    const [socket] = await accepted;
    return certifiedDevice(socket);
  } catch (error) {
    return (error as Error).message;
  } finally {
    client.destroy();
    server.close();
  }
}

const REFUSED = expect.stringContaining("its authority is not trusted here");
const OF_PLANT = { own: true, issuedBy: "plant", commonName: "plant-device" };

it("a certificate is accepted if an authority of the installation issued it, but not if an intermediate did", async () => {
  expect(await show(serverWith({}), "plant-device")).toMatchObject(OF_PLANT);
  expect(await show(serverWith({}), "plant-branch-device", ["plant-branch"])).toEqual(REFUSED);
});

it.each([
  ["without a file of authorities", () => ({})],
  ["with a file of authorities", () => ({ tlsClientCa: text("file.pem") })],
])(
  "a certificate is reported with the authority that issued it, even if that authority is replaced during the handshake, %s",
  async (_, files) => {
    const server = serverWith(files());
    server.server.once("connection", () => server.use(material({ ...files(), own: [issuerOf("next")] })));
    expect(await show(server, "plant-device")).toMatchObject(OF_PLANT);
    expect(await show(server, "plant-device")).toEqual(REFUSED);
  },
);

describe("with a file of authorities, a certificate", () => {
  const OF_FILE = { own: false, commonName: "file-device" };
  const OF_BRANCH = { own: false, commonName: "file-branch-device" };
  const branchDevice = ["file-branch-device", ["file-branch"]] as const;
  const ofPlant = () => ({ tlsClientCa: text("file.pem") });
  const ofBranchless = () => ({ ...ofPlant(), own: [issuerOf("branchless")] });

  it("is accepted if its chain leads to an authority in the file, unless its issuer was withdrawn", async () => {
    expect(await show(serverWith(ofBranchless()), "file-device")).toMatchObject(OF_FILE);
    expect(await show(serverWith(ofBranchless()), ...branchDevice)).toMatchObject(OF_BRANCH);
    const withdrawn = { ...ofBranchless(), withdrawn: [issuerOf("file-branch")] };
    expect(await show(serverWith(withdrawn), ...branchDevice)).toEqual(expect.stringContaining("it has expired"));
  });

  it("must be issued directly by an authority in the file if the installation's authority may have intermediates", async () => {
    const refused = expect.stringContaining("the authority that has issued it is not in FLEETLOG_TLS_CLIENT_CA");
    expect(await show(serverWith(ofPlant()), "plant-device")).toMatchObject(OF_PLANT);
    expect(await show(serverWith(ofPlant()), "plant-branch-device", ["plant-branch"])).toEqual(refused);
    expect(await show(serverWith(ofPlant()), "file-device")).toMatchObject(OF_FILE);
    expect(await show(serverWith(ofPlant()), ...branchDevice)).toEqual(refused);
    const withBranch = { tlsClientCa: text("file.pem") + text("file-branch.pem") };
    expect(await show(serverWith(withBranch), "file-branch-device")).toMatchObject(OF_BRANCH);
  });

  it("must be issued directly by an authority in the file if OpenSSL trusts an installation's intermediate without its root", async () => {
    const own = { own: [issuerOf("plant-branch")], tlsClientCa: text("file-branch.pem") };
    issue("plant-twig", { above: "plant-branch", extensions: "basicConstraints=critical,CA:TRUE\n" });
    issue("plant-twig-device", { above: "plant-twig", extensions: "extendedKeyUsage=clientAuth\n" });
    expect(await show(serverWith(own), "plant-twig-device", ["plant-twig"])).toEqual(
      expect.stringContaining("is not in FLEETLOG_TLS_CLIENT_CA"),
    );
    expect(await show(serverWith(own), "file-branch-device")).toMatchObject(OF_BRANCH);
  });
});
