// The X.509 library's injection container needs this polyfill before it is loaded.
import "reflect-metadata";

import type { X509CrlCreateParams } from "@peculiar/x509";

export * from "@peculiar/x509";
/** The library's key type has fewer usages than Node's. */
export type LibraryKey = X509CrlCreateParams["signingKey"];
