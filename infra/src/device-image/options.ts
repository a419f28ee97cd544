import { X509Certificate } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { readCommandLine } from "../../bootstrap/command-line.mjs";
import { image } from "../../bootstrap/commands/image.mjs";
import { BOARD_NAMES, type Board } from "./node-program.ts";
import { TARGETS, type TargetName } from "./targets/index.ts";

/** The command line with the content of the named files. Secrets come from files, never from the command line itself. */
export interface ImageOptions {
  readonly target: TargetName;
  readonly out: string;
  readonly request: { readonly name: string; readonly text: string };
  readonly server?: string;
  readonly authority?: string;
  readonly ssid?: string;
  readonly wifiPassword?: string;
  readonly country?: string;
  readonly hostname?: string;
  readonly sshKeys?: string;
  readonly board?: Board;
  readonly dryRun: boolean;
}

const ONLY_BOARDS = ["wifi", "wifi-password", "wifi-country", "hostname", "ssh-key", "node"];

/** @throws Error of one line that names the option */
export async function readOptions(args: readonly string[]): Promise<ImageOptions> {
  const { options } = readCommandLine(args, image);
  const given = (name: string) => (typeof options[name] === "string" ? options[name] : undefined);
  const needed = (name: string, what: string) => {
    const value = given(name);
    if (value === undefined) throw new Error(`--${name} is needed: ${what}; see npm run image -- --help`);
    return value;
  };
  const target = needed("for", `one of ${Object.keys(TARGETS).join(", ")}`) as TargetName;
  const out = needed("out", "the folder or image file to write to");
  const request = needed("request", "a file with a provision request, or with the device's settings");
  if (!TARGETS[target].isSystem) {
    const useless = ONLY_BOARDS.find((name) => name in options);
    if (useless !== undefined)
      throw new Error(`--${useless} can't be given for a ${target}: it is a setting of the host`);
  }
  for (const [name, other] of [
    ["wifi-password", "wifi"],
    ["wifi-country", "wifi"],
  ] as const)
    if (name in options && !(other in options)) throw new Error(`--${name} needs --${other}`);
  if (target === "raspios" && "wifi" in options && !("wifi-country" in options))
    throw new Error(
      "--wifi-country is needed: Raspberry Pi OS keeps Wi-Fi off until it has one, such as --wifi-country DE",
    );
  const node = given("node") ?? (TARGETS[target].lacksNode ? "linux-arm64" : "none");
  return {
    target,
    out,
    request: { name: request, text: await textOf("request", request) },
    dryRun: "dry-run" in options,
    ...optional("server", given("server")),
    ...optional("authority", await fileOf("authority", given("authority"), checkAuthority)),
    ...optional("ssid", given("wifi")),
    ...optional(
      "wifiPassword",
      await fileOf("wifi-password", given("wifi-password"), (text) => text.replace(/\r?\n$/, "")),
    ),
    ...optional("country", given("wifi-country")),
    ...optional("hostname", given("hostname")),
    ...optional("sshKeys", await fileOf("ssh-key", given("ssh-key"), checkKeys)),
    ...optional(
      "board",
      BOARD_NAMES.find((board) => board === node),
    ),
  };
}

function optional<Name extends string, Value>(name: Name, value: Value | undefined): { readonly [K in Name]?: Value } {
  return (value === undefined ? {} : { [name]: value }) as { readonly [K in Name]?: Value };
}

async function fileOf(option: string, path: string | undefined, check: (text: string) => string) {
  return path === undefined ? undefined : check(await textOf(option, path));
}

async function textOf(option: string, path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Error(`--${option}: ${path} can't be read (${code === "ENOENT" ? "there is no such file" : code})`);
  }
}

function checkAuthority(text: string): string {
  if (/PRIVATE KEY/.test(text)) throw new Error("--authority has a private key; only certificates belong on a device");
  const certificates = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (certificates.length === 0) throw new Error("--authority has no certificate in PEM (-----BEGIN CERTIFICATE-----)");
  for (const each of certificates) checkCertificate(each);
  return `${certificates.join("\n")}\n`;
}

function checkCertificate(pem: string): void {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(pem);
  } catch {
    throw new Error("--authority has a certificate that can't be read");
  }
  if (!certificate.ca)
    throw new Error(`--authority has a certificate that is not an authority's: ${certificate.subject}`);
  if (new Date(certificate.validTo) < new Date())
    throw new Error(`--authority has a certificate that expired on ${certificate.validTo}`);
}

function checkKeys(text: string): string {
  if (/PRIVATE KEY/.test(text)) throw new Error("--ssh-key is a private key; give the file that ends in .pub");
  const lines = text.split(/\r?\n/).filter((line) => line !== "" && !line.startsWith("#"));
  if (lines.length === 0 || !lines.every((line) => /^(?:ssh-|ecdsa-|sk-)\S+ [A-Za-z0-9+/=]+/.test(line)))
    throw new Error("--ssh-key has no public keys (ssh-ed25519 AAAA… in each line)");
  return `${lines.join("\n")}\n`;
}

export async function kindOf(out: string): Promise<"folder" | "image"> {
  const there = await stat(out).catch(() => undefined);
  if (there?.isFile()) return "image";
  if (there !== undefined && !there.isDirectory()) throw new Error(`--out: ${out} is neither a folder nor a file`);
  return "folder";
}
