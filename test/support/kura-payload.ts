import { spawnSync } from "node:child_process";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

const schema = fileURLToPath(new URL("../../gateway/src/dialects/kura/payload/payload.proto", import.meta.url));

function protoc(way: "encode" | "decode", input: string | Uint8Array): Buffer {
  const { status, stdout, stderr } = spawnSync(
    "protoc",
    [`--proto_path=${dirname(schema)}`, `--${way}=fleetlog.kura.Payload`, "payload.proto"],
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
