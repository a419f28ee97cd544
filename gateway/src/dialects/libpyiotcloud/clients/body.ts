import type { FastifyInstance } from "fastify";
import { jsonParser } from "../../../http/input/body.ts";
import { readForm } from "./form.ts";

/** Parses JSON with any content type or none, and forms. Clients send bodies with GET, too. */
export function parseBodies(app: FastifyInstance): void {
  app.addHttpMethod("GET", { hasBody: true, overrideExisting: true });
  const parseJson = jsonParser(app);
  app.addContentTypeParser<Buffer>("*", { parseAs: "buffer" }, parseJson);
  app.addContentTypeParser<Buffer>(
    "application/x-www-form-urlencoded",
    { parseAs: "buffer" },
    (request, bytes, done) => {
      const text = bytes.toString("utf8");
      // Some libraries send JSON with the content type of forms if the program sets none.
      if (/^\s*[{[]/.test(text)) {
        parseJson(request, bytes, done);
        return;
      }
      try {
        done(null, readForm(text));
      } catch (error) {
        done(error as Error);
      }
    },
  );
}
