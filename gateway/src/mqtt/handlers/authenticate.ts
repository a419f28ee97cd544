import { FleetError } from "@fleetlog/domain";
import type { DeviceProof } from "@fleetlog/identity";
import type { IConnectPacket } from "mqtt-packet";
import type { Claim, MqttDialect, MqttIntroduction } from "../../dialects/dialect.ts";
import { dialectOf } from "../../dialects/mqtt.ts";
import { certifiedDevice } from "../../net/tls/client-certificate.ts";
import type { Client } from "../session/client.ts";
import { wire } from "../wire/errors.ts";
import { MqttFault, REASON } from "../wire/reasons.ts";
import type { HandledConnection } from "./handler.ts";

export interface Known {
  readonly device: string;
  readonly proof: DeviceProof;
  readonly dialect: MqttDialect;
}

/** Whose connection it is, by certificate, by user name and password, or by both. @throws MqttFault */
export async function authenticate(
  connection: HandledConnection,
  client: Client,
  packet: IConnectPacket,
): Promise<Known> {
  const certified = certificateOf(connection);
  if (certified !== undefined && packet.clientId === "") checkUnnamed(client);
  const introduction: MqttIntroduction = {
    clientId: packet.clientId,
    userName: packet.username,
    password: packet.password?.toString("utf8"),
    certified,
  };
  const dialect = dialectOf(introduction);
  const { device, token } = identify(dialect, introduction);
  if (certified !== undefined && device !== certified) {
    throw new MqttFault(REASON.notAuthorised, `the certificate is for ${certified}`);
  }
  const { sessions } = connection.context;
  try {
    const proof = await wire(sessions.authenticate(device, token, certified !== undefined));
    return { device, proof, dialect };
  } catch (error) {
    // A certificate is no user name or password that could be bad.
    const bad = token === undefined && error instanceof MqttFault && error.reason === REASON.badCredentials;
    throw bad ? new MqttFault(REASON.notAuthorised, error.message) : error;
  }
}

/** The device that its certificate names. One that is not to be trusted lets nobody in, whatever else is shown. */
function certificateOf({ carrier }: HandledConnection): string | undefined {
  try {
    return certifiedDevice(carrier);
  } catch (error) {
    if (!(error instanceof FleetError)) throw error;
    throw new MqttFault(REASON.notAuthorised, error.message);
  }
}

/** Who leaves the client id to the server. */
function checkUnnamed({ level, clean }: Client): void {
  // [MQTT-3.1.3-8] of 3.1.1: only for a clean session; MQTT 3.1 knows no empty one
  if (level === 5 || (level === 4 && clean)) return;
  throw new MqttFault(REASON.clientIdNotValid, "a session that is kept needs a client id");
}

function identify(dialect: MqttDialect, introduction: MqttIntroduction): Claim {
  try {
    return dialect.identify(introduction);
  } catch (error) {
    if (!(error instanceof FleetError)) throw error;
    // [MQTT-3.1.3-8], [MQTT-3.1.3-9] the identifier is rejected, and nothing else was wrong
    const reason = error.field === "clientId" ? REASON.clientIdNotValid : REASON.badCredentials;
    throw new MqttFault(error.code === "forbidden" ? REASON.notAuthorised : reason, error.message);
  }
}
