import { Writer } from "./writer.ts";

export interface SupportedMethod {
  readonly service: string;
  readonly method: string;
  readonly features?: readonly string[];
}

/** `event_store.client.server_features.SupportedMethods`. The native client parses the version as numbers. */
export function supportedMethodsMessage(version: string, methods: readonly SupportedMethod[]): Buffer {
  const writer = new Writer();
  return writer.message(() => {
    for (const { service, method, features = [] } of methods) {
      const mark = writer.begin(1);
      writer.text(1, method);
      writer.text(2, service);
      for (const feature of features) writer.text(3, feature);
      writer.end(mark);
    }
    writer.text(2, version);
  });
}
