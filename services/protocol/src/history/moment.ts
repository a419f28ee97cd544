import Type from "typebox";

/** A moment in the body of a call. @param which the meaning of the moment, as the beginning of a sentence */
export function moment(which: string) {
  return Type.Union([Type.String({ maxLength: 64 }), Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER })], {
    description: `${which}: a time (RFC 3339), or a sequence of FLEET`,
  });
}
