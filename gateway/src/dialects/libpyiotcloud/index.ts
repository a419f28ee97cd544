import type { Dialect } from "../dialect.ts";
import { byCertificate } from "./identify.ts";
import { libpyiotcloudMqtt } from "./mqtt.ts";

/** Devices of libpyiotcloud connect to the MQTT port with TLS. */
export const libpyiotcloud: Dialect = {
  name: "libpyiotcloud",
  identify: byCertificate,
  mqtt: libpyiotcloudMqtt,
};
