import type { MqttDialect, MqttIntroduction } from "./dialect.ts";
import { nativeMqtt } from "./native/mqtt.ts";

/** All dialects over MQTT, the more particular before the more general: native takes whoever is left. */
const DIALECTS: readonly MqttDialect[] = [nativeMqtt];

export function dialectOf(client: MqttIntroduction): MqttDialect {
  return DIALECTS.find((dialect) => dialect.recognises(client)) ?? nativeMqtt;
}
