import { describe } from "vitest";
import { storeContract } from "./contract/store.ts";
import { memoryStore } from "./memory-store.ts";

describe("memoryStore", () => storeContract({ make: memoryStore }));
