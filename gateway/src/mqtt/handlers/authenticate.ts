import { FleetError } from "@fleetlog/domain";
import type { DeviceProof, DirectoryEntry } from "@fleetlog/identity";
import type { IConnectPacket } from "mqtt-packet";
import type { AuthorizedMqtt } from "../../dialects/index.ts";
import { type CertifiedDevice, certifiedDevice } from "../../net/tls/client-certificate.ts";
import { deviceOrProvisioning, type ProvisioningDevice } from "../../provisioning/index.ts";
import { identify } from "../../sessions/index.ts";
import type { Client } from "../session/client.ts";
import { loginFault } from "../wire/errors.ts";
import { MqttFault, REASON } from "../wire/reasons.ts";
import type { HandledConnection } from "./handler.ts";

export interface Authenticated {
  readonly device: DirectoryEntry;
  readonly proof: DeviceProof;
  readonly dialect: AuthorizedMqtt;
}

/** @throws MqttFault */
export async function authenticate(
  connection: HandledConnection,
  client: Client,
  packet: IConnectPacket,
): Promise<Authenticated | { readonly provisioning: ProvisioningDevice }> {
  const { dialects, provisioning } = connection.context;
  const certified = certificateOf(connection);
  if (certified !== undefined && packet.clientId === "") checkUnnamed(client);
  const password = packet.password?.toString("utf8");
  const { clientId, username: userName } = packet;
  const { address, encrypted } = connection;
  try {
    return await deviceOrProvisioning(
      provisioning,
      { clientId, userName, password, certificate: certified, encrypted, address, protocol: "mqtt" },
      async () => {
        const presented = { clientId, userName, password, certificate: certified, address };
        const identified = await identify(connection.context, presented, ({ login, device, credential }) => {
          connection.login = credential.by === "names" ? device : login;
        });
        if (identified === undefined) throw new FleetError("unauthenticated", "the client id names no device");
        return { ...identified, dialect: dialects.mqttOf(identified.device) };
      },
    );
  } catch (error) {
    if (!(error instanceof FleetError)) throw error;
    throw loginFault(error, reasonOf(error, certified !== undefined && password === undefined));
  }
}

/** The device of the client certificate. An untrusted certificate is refused, even with a valid password. */
function certificateOf({ carrier }: HandledConnection): CertifiedDevice | undefined {
  try {
    return certifiedDevice(carrier);
  } catch (error) {
    if (!(error instanceof FleetError)) throw error;
    throw new MqttFault(REASON.notAuthorised, error.message);
  }
}

/** @throws MqttFault if the client must send a client id */
function checkUnnamed({ level, clean }: Client): void {
  // [MQTT-3.1.3-8] MQTT 3.1.1 allows an empty client id only for a clean session, MQTT 3.1 for none.
  if (level === 5 || (level === 4 && clean)) return;
  throw new MqttFault(REASON.clientIdNotValid, "a session that is kept needs a client id");
}

function reasonOf({ code, field }: FleetError, byCertificateAlone: boolean): number | undefined {
  switch (code) {
    case "invalid-request":
      // [MQTT-3.1.3-8], [MQTT-3.1.3-9]
      return field === "clientId" ? REASON.clientIdNotValid : REASON.badCredentials;
    case "unauthenticated":
      // The client has shown no password, so "bad user name or password" would be wrong.
      return byCertificateAlone ? REASON.notAuthorised : REASON.badCredentials;
    default:
      return undefined;
  }
}
