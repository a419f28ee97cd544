import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readOptions } from "./options.ts";

const folder = mkdtempSync(join(tmpdir(), "fleetlog-options-"));
afterAll(() => rmSync(folder, { recursive: true }));
const written = (name: string, text: string) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

const request = written("request.json", "{}");
const password = written("password.txt", "correct horse\n");
const publicKey = written("id.pub", "# mine\nssh-ed25519 AAAAC3Nz me@home\r\n");
const privateKey = written("id", "-----BEGIN OPENSSH PRIVATE KEY-----\n");
const other = written("other.txt", "nothing\n");
const authority = join(folder, "ca.pem");
const server = join(folder, "server.pem");
const openssl = (args: string) => execFileSync("openssl", args.split(" "), { cwd: folder, stdio: "ignore" });
openssl("req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=ca -keyout ca.key -out ca.pem");
openssl(
  "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=s -addext basicConstraints=CA:FALSE -keyout s.key -out server.pem",
);

const RASPIOS = ["--for", "raspios", "--out", folder, "--request", request];

describe("readOptions", () => {
  it("reads the files that options name", async () => {
    const wifi = ["--wifi", "hall", "--wifi-password", password, "--wifi-country", "DE"];
    const options = await readOptions([...RASPIOS, ...wifi, "--ssh-key", publicKey, "--authority", authority]);
    expect(options).toMatchObject({
      target: "raspios",
      out: folder,
      request: { name: request, text: "{}" },
      ssid: "hall",
      wifiPassword: "correct horse",
      country: "DE",
      sshKeys: "ssh-ed25519 AAAAC3Nz me@home\n",
      board: "linux-arm64",
      dryRun: false,
    });
    expect(options.authority).toMatch(/^-----BEGIN CERTIFICATE-----/);
  });

  it("includes Node only on request, or where the system lacks Node", async () => {
    expect((await readOptions([...RASPIOS, "--node", "none"])).board).toBeUndefined();
    expect((await readOptions([...RASPIOS, "--for", "debian"])).board).toBeUndefined();
    expect((await readOptions([...RASPIOS, "--for", "yocto", "--node", "linux-armv7l"])).board).toBe("linux-armv7l");
  });

  it.each([
    [[], "--for is needed: one of raspios, debian, yocto, container"],
    [["--for", "windows"], "--for can't be windows; it takes raspios, debian, yocto or container"],
    [["--for", "raspios"], "--out is needed"],
    [["--for", "raspios", "--out", "x"], "--request is needed"],
    [[...RASPIOS.slice(0, 5), join(folder, "none")], `--request: ${join(folder, "none")} can't be read`],
    [[...RASPIOS, "--wifi-password", password], "--wifi-password needs --wifi"],
    [[...RASPIOS, "--wifi", "hall"], "--wifi-country is needed"],
    [[...RASPIOS, "--wifi-country", "Germany"], "--wifi-country can't be Germany"],
    [[...RASPIOS, "--hostname", "Pump_7"], "--hostname can't be Pump_7"],
    [[...RASPIOS, "--ssh-key", privateKey], "--ssh-key is a private key"],
    [[...RASPIOS, "--ssh-key", other], "--ssh-key has no public keys"],
    [[...RASPIOS, "--authority", other], "--authority has no certificate"],
    [[...RASPIOS, "--authority", privateKey], "--authority has a private key"],
    [[...RASPIOS, "--authority", server], "--authority has a certificate that is not an authority's"],
    [[...RASPIOS, "--for", "container", "--wifi", "hall"], "--wifi can't be given for a container"],
    [[...RASPIOS, "--node", "win-x64"], "--node can't be win-x64"],
    [[...RASPIOS, "--wifi-pasword", "x"], "did you mean --wifi-password?"],
  ])("refuses %j", async (args, message) => {
    await expect(readOptions(args)).rejects.toThrow(message);
  });
});
