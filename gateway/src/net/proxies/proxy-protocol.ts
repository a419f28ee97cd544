import { isIP, type Socket } from "node:net";
import { claimPeer } from "../address.ts";

/** First bytes of the PROXY protocol's two versions. Neither MQTT nor TLS begins with them. */
const V1 = Buffer.from("PROXY ");
const V2 = Buffer.from([0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a]);
const V1_BYTES = 107;
const V2_HEAD_BYTES = 16;
const V2_REST_BYTES = 4_096;

export type ProxyHeader =
  | "none"
  | "incomplete"
  | "wrong"
  | { readonly bytes: number; readonly peer: string | undefined };

export function parseProxyHeader(bytes: Buffer): ProxyHeader {
  if (startsAs(bytes, V2)) return parseV2(bytes);
  if (startsAs(bytes, V1)) return parseV1(bytes);
  return "none";
}

/**
 * Reads the header that a trusted proxy may send first, and keeps its client for `peerOf`. Closes the connection if the
 * header is wrong or late.
 * @param then called when the bytes after the header can be read
 */
export function readProxyHeader(socket: Socket, timeoutMs: number, then: () => void): void {
  let seen = Buffer.alloc(0);
  const drop = () => socket.destroy();
  const timeout = setTimeout(drop, timeoutMs).unref();
  const read = () => {
    for (let chunk = socket.read() as Buffer | null; chunk !== null; chunk = socket.read() as Buffer | null) {
      seen = Buffer.concat([seen, chunk]);
    }
    const header = parseProxyHeader(seen);
    if (header === "incomplete") return;
    finish();
    if (header === "wrong") {
      drop();
      return;
    }
    const rest = header === "none" ? seen : seen.subarray(header.bytes);
    if (header !== "none" && header.peer !== undefined) claimPeer(socket, header.peer);
    if (rest.length > 0) socket.unshift(rest);
    then();
  };
  const finish = () => {
    clearTimeout(timeout);
    socket.off("readable", read).off("error", drop).off("end", drop).off("close", finish);
  };
  socket.on("readable", read).on("error", drop).on("end", drop).on("close", finish);
}

function startsAs(bytes: Buffer, prefix: Buffer): boolean {
  const length = Math.min(bytes.length, prefix.length);
  return bytes.subarray(0, length).equals(prefix.subarray(0, length));
}

function parseV1(bytes: Buffer): ProxyHeader {
  const end = bytes.indexOf("\r\n");
  if (end === -1) return bytes.length < V1_BYTES ? "incomplete" : "wrong";
  const line = bytes.subarray(0, end).toString("latin1");
  if (/^PROXY UNKNOWN(?: |$)/.test(line)) return { bytes: end + 2, peer: undefined };
  const [, version, source = "", port] = /^PROXY TCP([46]) (\S+) \S+ (\d{1,5}) \d{1,5}$/.exec(line) ?? [];
  if (isIP(source) !== Number(version)) return "wrong";
  return { bytes: end + 2, peer: named(source, Number(port)) };
}

function parseV2(bytes: Buffer): ProxyHeader {
  if (bytes.length < V2_HEAD_BYTES) return "incomplete";
  const [versionAndCommand, family] = [bytes[12], bytes[13]];
  const length = bytes.readUInt16BE(14);
  if ((versionAndCommand !== 0x20 && versionAndCommand !== 0x21) || length > V2_REST_BYTES) return "wrong";
  if (bytes.length < V2_HEAD_BYTES + length) return "incomplete";
  const rest = bytes.subarray(V2_HEAD_BYTES, V2_HEAD_BYTES + length);
  return { bytes: V2_HEAD_BYTES + length, peer: versionAndCommand === 0x21 ? sourceOf(rest, family) : undefined };
}

function sourceOf(rest: Buffer, family: number | undefined): string | undefined {
  if (family === 0x11 && rest.length >= 12) return named([...rest.subarray(0, 4)].join("."), rest.readUInt16BE(8));
  if (family !== 0x21 || rest.length < 36) return undefined;
  const groups = Array.from({ length: 8 }, (_, i) => rest.readUInt16BE(i * 2).toString(16));
  return named(groups.join(":"), rest.readUInt16BE(32));
}

function named(address: string, port: number): string {
  return `${isIP(address) === 6 ? `[${address}]` : address}:${port}`;
}
