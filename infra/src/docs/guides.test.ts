import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { AdmitWaitingBody, ChangeLoginBody, ChannelBody, checker, RegisterDeviceBody } from "@fleetlog/protocol";
import { environmentName } from "@fleetlog/runtime/node";
import { describe, expect, it } from "vitest";
import { readCommandLine } from "../../bootstrap/command-line.mjs";
import { importFrom } from "../../bootstrap/commands/import-from.mjs";
import { root } from "../system/root.ts";
import { SLICES } from "./slices.ts";

type Schema = Parameters<typeof checker>[0];

const textOf = (path: string) => readFileSync(join(root, path), "utf8");
const guides = globSync(["README.md", "*/docs/*.md", "services/*/docs/*.md"], { cwd: root });
const older = guides.filter((path) => path.includes("coming-from-"));

const settings = SLICES.flatMap(({ own }) => Object.keys(own)).map(environmentName);
/** Variables that a reader sets in a shell, for the examples only. */
const OF_EXAMPLES = ["FLEETLOG_URL", "FLEETLOG_TOKEN", "FLEETLOG_KEY", "FLEETLOG_KURRENT"];

/** The anchor that GitHub makes for a heading. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
    .trim()
    .replaceAll(" ", "-");

describe.each(guides)("%s", (path) => {
  const text = textOf(path);

  it("links to files and headings that exist", () => {
    const missing = [...text.matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g)].flatMap(
      ([link, to = "", anchor]) => {
        const target = to === "" ? path : join(dirname(path), to);
        if (!existsSync(join(root, target))) return [link];
        if (anchor === undefined) return [];
        const headings = [...textOf(target).matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) => anchorOf(heading));
        return headings.includes(anchor) ? [] : [link];
      },
    );
    expect(missing).toEqual([]);
  });

  it("names settings and scripts that exist", () => {
    const names = [...text.matchAll(/\bFLEETLOG_[A-Z0-9_]*[A-Z0-9]\b(?![_*])/g)].map(([name]) => name);
    expect(names.filter((name) => !settings.includes(name) && !OF_EXAMPLES.includes(name))).toEqual([]);
    const { scripts } = JSON.parse(textOf("package.json")) as { scripts: object };
    const called = [...text.matchAll(/npm run ([a-z-]+)/g)].map(([, name]) => name ?? "");
    expect(called.filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
  });

  it("says what the variables of its examples are", () => {
    const used = OF_EXAMPLES.filter((name) => new RegExp(`\\b${name}\\b`).test(text));
    // Named in a sentence, or set in a shell before its use.
    expect(used.filter((name) => !text.includes(`\`${name}\``) && !text.includes(`${name}=`))).toEqual([]);
  });
});

describe.each(older)("%s", (path) => {
  const text = textOf(path);

  it("has only calls that the API accepts", () => {
    const BODIES: Readonly<Record<string, Schema>> = {
      "POST /api/devices": RegisterDeviceBody,
      "PUT /api/devices/{id}/login": ChangeLoginBody,
      "POST /api/waiting/{id}/admit": AdmitWaitingBody,
      "PUT /api/channels/mails": ChannelBody,
    };
    const inText = [...text.matchAll(/`((?:POST|PUT) \/api\/\S+) (\{[^`]*?":[^`]*\})`/g)];
    const byCurl = [...text.matchAll(/curl -X (POST) https:\/\/fleet\.example(\S+) [^']*'(\{[^']*\})'/g)].map(
      ([all, method, url, body]) => [all, `${method} ${url}`, body],
    );
    for (const [, call = "", body = ""] of [...inText, ...byCurl].filter(([, , body]) => !body?.includes("{…}"))) {
      const schema = BODIES[call];
      expect(schema, call).toBeDefined();
      expect(checker(schema as Schema, "body")(JSON.parse(body)), body).toMatchObject({ ok: true });
    }
    expect(inText.length + byCurl.length).toBeGreaterThan(0);
  });

  it("has only import commands that npm run import-from accepts", () => {
    for (const [, line = ""] of text.matchAll(/^ +npm run import-from -- (.*)$/gm))
      expect(() => readCommandLine(line.split(" "), importFrom), line).not.toThrow();
  });

  it("names the kinds of devices as the page for registering names them", () => {
    const kinds = [...textOf("ui/src/dialects.ts").matchAll(/kind: "(.*)"/g)].map(([, kind = ""]) => kind);
    const named = [...text.matchAll(/page Register, kind "([^"]*)"/g)].map(([, kind = ""]) => kind.replace("'", "’"));
    expect(named).toHaveLength(1);
    expect(kinds).toContain(named[0]);
  });
});

it("every program with rpc-websockets in the documentation reconnects without end, as no such client does by default", () => {
  const pages = globSync("{README.md,*/{README.md,docs/*.md},services/*/{README.md,docs/*.md}}", { cwd: root });
  const clients = pages.flatMap((page) =>
    [...textOf(page).matchAll(/new Client\(.*/g)].map(([code]) => `${page}: ${code}`),
  );
  expect(clients.length).toBeGreaterThan(2);
  expect(clients.filter((code) => !code.includes("max_reconnects: 0"))).toEqual([]);
});
