import { css, html, LitElement } from "lit";
import { customElement } from "lit/decorators.js";
import { basePath } from "../data/base.ts";
import { sessionInfo } from "../state/session.ts";
import { shortcuts } from "../state/shortcuts.ts";
import { base } from "../styles/shared.ts";
import "../components/dialogs/dialog.ts";

const SHOWN: Readonly<Record<string, string>> = { ArrowDown: "↓", ArrowUp: "↑", " ": "Space", Escape: "Esc" };

@customElement("fl-shortcuts-help")
export class ShortcutsHelp extends LitElement {
  static override styles = [
    base,
    css`
      section {
        display: grid;
        gap: var(--space-2);
      }
      dl {
        display: grid;
        grid-template-columns: 1fr auto;
        gap: var(--space-1) var(--space-4);
      }
      dd {
        display: flex;
        gap: var(--space-1);
        justify-content: flex-end;
      }
      .about {
        padding-top: var(--space-3);
        border-top: 1px solid var(--border);
        color: var(--text-quiet);
      }
      h3 {
        color: var(--text-faint);
        font-size: var(--size-small);
      }
    `,
  ];

  protected override render() {
    const groups = Map.groupBy(shortcuts(), ({ group }) => group);
    return html`<fl-dialog heading="Keyboard shortcuts">
      ${[...groups].map(
        ([group, list]) => html`<section>
          <h3>${group}</h3>
          <dl>
            ${list.map(
              ({ keys, does }) => html`<dt>${does}</dt>
                <dd>${parts(keys).map((key) => html`<kbd>${key}</kbd>`)}</dd>`,
            )}
          </dl>
        </section>`,
      )}
      <p class="about">
        Fleetlog ${sessionInfo()?.version ?? ""} · <a href="${basePath}api/openapi.json" target="_blank">API</a> ·
        <a href="${basePath}third-party.txt" target="_blank">Licences of third parties</a>
      </p>
    </fl-dialog>`;
  }
}

function parts(keys: string): string[] {
  if (keys === " ") return ["Space"];
  const mac = /Mac|iPhone|iPad/.test(navigator.platform);
  return keys
    .split(/[ +]/)
    .map((key) =>
      key === "mod" ? (mac ? "⌘" : "Ctrl") : (SHOWN[key] ?? (key.length === 1 ? key.toUpperCase() : key)),
    );
}
