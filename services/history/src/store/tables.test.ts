import { expect, it, onTestFinished } from "vitest";
import { workspace } from "../testing/stores.ts";
import { quotedText } from "./tables.ts";

it.each(["", "it's", "\0", "'\0'\0", "a\0b", "'' || chr(0) || ''"])(
  "a statement contains the text %j whole",
  async (text) => {
    const { duck, remove } = await workspace();
    onTestFinished(remove);
    const session = await duck.connect();
    onTestFinished(() => session.close());
    const [row] = await session.all<{ text: string; listed: boolean }>(
      `SELECT ${quotedText(text)} AS text, ${quotedText(text)} IN (${quotedText(text)}, 'other') AS listed`,
    );
    expect(row).toEqual({ text, listed: true });
  },
);
