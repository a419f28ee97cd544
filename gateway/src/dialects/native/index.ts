import { DEVICE_PATH } from "@fleetlog/protocol";
import type { Dialect } from "../dialect.ts";
import { nativeJsonRpc } from "./jsonrpc.ts";
import { nativeMqtt } from "./mqtt.ts";

export const native: Dialect = { name: "native", mqtt: nativeMqtt, jsonrpc: nativeJsonRpc, paths: [DEVICE_PATH] };
