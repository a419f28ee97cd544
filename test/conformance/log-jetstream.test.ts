import { describeBackboneContract } from "@fleetlog/log/contract";
import { serverHarness } from "../support/contract-harness.ts";
import { startTestNats } from "../support/nats.ts";

describeBackboneContract("JetStream", serverHarness(startTestNats));
