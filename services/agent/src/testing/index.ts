export { MemoryConnection, MemoryGateway } from "../transport/memory.ts";
export { ManualClock, settled } from "./manual-clock.ts";
