import type { Dialect } from "../dialect.ts";
import { libpyiotcloudClients } from "./clients/index.ts";
import { byCertificate } from "./identify.ts";
import { libpyiotcloudMqtt } from "./mqtt.ts";

/** Devices of libpyiotcloud connect to the MQTT port with TLS. Programs that use its REST API have another port. */
export const libpyiotcloud: Dialect = {
  name: "libpyiotcloud",
  identify: byCertificate,
  mqtt: libpyiotcloudMqtt,
  listener: libpyiotcloudClients,
};
