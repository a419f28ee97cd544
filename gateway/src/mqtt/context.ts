import type { EndpointContext } from "../endpoints/context.ts";
import type { Flusher } from "./flow/flusher.ts";
import type { LogBackpressure } from "./flow/log-backpressure.ts";
import type { Endings } from "./session/endings.ts";
import type { SessionStore } from "./session/store.ts";
import type { Wills } from "./session/wills.ts";

/** Dependencies shared by a node's MQTT connections. */
export interface MqttContext extends EndpointContext {
  readonly store: SessionStore;
  readonly endings: Endings;
  readonly wills: Wills;
  readonly flusher: Flusher;
  readonly logBackpressure: LogBackpressure;
}
