import type { IncomingMessage } from "node:http";
import { FleetError } from "@fleetlog/domain";
import type { StoreRequest } from "@fleetlog/fleet";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import Type from "typebox";
import type { HttpContext } from "../../context.ts";
import { allowLongBody } from "../../problems/before-routing.ts";
import type { Holder } from "../../transfers/places.ts";
import { declaredDigests } from "./digest-headers.ts";

export const Bytes = Type.Unsafe<IncomingMessage | null | undefined>({
  description: "The file itself",
  contentMediaType: "application/octet-stream",
});

/** Later routes of this scope get their body as a stream of any media type and size. */
export function takeAnyBody(
  scope: Pick<FastifyInstance, "removeAllContentTypeParsers" | "addContentTypeParser">,
): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser("*", (_request: unknown, payload: unknown, done: (error: null, body: unknown) => void) =>
    done(null, payload),
  );
}

export interface Upload {
  readonly file: Pick<StoreRequest, "bytes" | "size" | "digests" | "mediaType">;
  /** Call when the request is answered. */
  end(): void;
}

const LINGER_MS = 2_000;
const MEDIA_TYPE = /^[\w!#$&^.+-]{1,64}\/[\w!#$&^.+-]{1,64}(?:; ?[\w-]{1,32}=[\w."-]{1,64})?$/;

/** @throws FleetError if a header can't be used; `unavailable`, `rate-limited` while there are too many uploads */
export function receive(
  { transfers }: Pick<HttpContext, "transfers">,
  request: FastifyRequest,
  reply: FastifyReply,
  holder: Holder,
): Upload {
  const { headers, raw } = request;
  const mediaType = headers["content-type"] ?? "application/octet-stream";
  if (/^multipart\//i.test(mediaType)) {
    throw new FleetError("unsupported-media-type", "the body must be the file itself, not a form", {
      field: "content-type",
      advice: "Send it with curl -T, or --data-binary.",
    });
  }
  const length = headers["content-length"];
  const file = {
    mediaType: MEDIA_TYPE.test(mediaType) ? mediaType : "application/octet-stream",
    digests: declaredDigests(headers),
    ...(length !== undefined && { size: Number(length) }),
  };
  const ended = transfers.beginUpload(holder);
  const endLong = allowLongBody(raw.socket);
  return {
    file: { ...file, bytes: transfers.uploaded(bodyOf(raw)) },
    end() {
      ended();
      endLong();
      if (!raw.complete) reply.raw.once("finish", () => linger(raw));
    },
  };
}

/** Reads the rest of a refused body for a while, because closing the socket at once may lose the answer. */
function linger(raw: IncomingMessage): void {
  raw.resume();
  setTimeout(() => {
    if (!raw.complete) raw.socket.destroy();
  }, LINGER_MS).unref();
}

/** If reading stops early, the socket stays open, so that an answer can be sent. */
async function* bodyOf(raw: IncomingMessage): AsyncGenerator<Uint8Array> {
  try {
    yield* raw.iterator({ destroyOnReturn: false });
  } catch (cause) {
    throw new FleetError("invalid-request", "the upload was interrupted; nothing was stored", { field: "body", cause });
  }
  if (!raw.complete)
    throw new FleetError("invalid-request", "the upload was interrupted; nothing was stored", { field: "body" });
}
