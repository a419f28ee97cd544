import { FleetError } from "@fleetlog/domain";
import type { Download } from "@fleetlog/fleet";
import type { MqttDialectConnection, MqttMessage } from "../dialects/index.ts";
import type { ArtifactVersion, DeviceReports } from "../sessions/index.ts";
import type { HandledConnection } from "./handlers/handler.ts";
import { publishIfSubscribed } from "./publish.ts";

/** An MQTT connection for its dialect. */
export class DialectConnection implements MqttDialectConnection {
  readonly #connection: HandledConnection;

  constructor(connection: HandledConnection) {
    this.#connection = connection;
  }

  get clock(): () => number {
    return this.#connection.context.clock;
  }

  publish(message: MqttMessage): Promise<boolean> {
    return publishIfSubscribed(this.#connection, message);
  }

  async report(reports: DeviceReports): Promise<number> {
    return (await this.#connection.session?.report(reports)) ?? 0;
  }

  offerCommands(): void {
    this.#connection.session?.offerCommands();
  }

  subscribe(filter: string, qos: 0 | 1 | 2): boolean {
    const { session, closed, subscriptions } = this.#connection;
    if (session === undefined || closed || !subscriptions.grant(filter, qos)) return false;
    this.#connection.listening();
    return true;
  }

  async downloadOf(artifact: ArtifactVersion): Promise<Download> {
    const { session } = this.#connection;
    if (session === undefined) throw new FleetError("session-superseded", "the session is not open");
    return session.downloadOf(artifact);
  }

  /** Ignores the wait that `throttle` returns. The wait follows when the message itself is counted. */
  countBytes(bytes: number): void {
    this.#connection.session?.throttle(0, bytes);
  }
}
