import { spawnSync } from "node:child_process";
import { basename, dirname } from "node:path";
import { fileURLToPath } from "node:url";

const OWN = fileURLToPath(new URL("../../gateway/src/dialects/kura/payload/payload.proto", import.meta.url));
/** `KURA_SCHEMA` names the file kurapayload.proto of Eclipse Kura, which the repository does not have. */
const { KURA_SCHEMA: published } = process.env;
const schema = published ?? OWN;
const message = published === undefined ? "fleetlog.kura.Payload" : "kuradatatypes.KuraPayload";

function protoc(way: "encode" | "decode", input: string | Uint8Array): Buffer {
  const { status, stdout, stderr } = spawnSync(
    "protoc",
    [`--proto_path=${dirname(schema)}`, `--${way}=${message}`, basename(schema)],
    { input },
  );
  if (status !== 0) throw new Error(`protoc --${way}: ${stderr}`);
  return stdout;
}

/** Encodes the text format of protobuf by its own compiler. */
export function protocEncoded(text: string): Buffer {
  return protoc("encode", text);
}

export function protocDecoded(bytes: Uint8Array): string {
  return protoc("decode", bytes).toString();
}
