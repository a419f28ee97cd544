export { MemoryConnection, MemoryGateway } from "../transport/memory.ts";
export { asking, type ConnectProxy, startConnectProxy } from "./connect-proxy.ts";
export { ManualClock, settled } from "./manual-clock.ts";
