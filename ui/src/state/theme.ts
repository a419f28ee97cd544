import { store } from "./storage.ts";
import { Store } from "./store.ts";

export const THEMES = ["light", "dark", "auto"] as const;
export type Theme = (typeof THEMES)[number];

// theme.js reads the same key before the first paint.
const KEY = "fleetlog.theme";

function kept(): Theme {
  const { theme } = document.documentElement.dataset;
  return theme === "light" || theme === "dark" ? theme : "auto";
}

export const theme = new Store<Theme>(kept());

theme.subscribe((chosen) => {
  const { dataset } = document.documentElement;
  if (chosen === "auto") Reflect.deleteProperty(dataset, "theme");
  else dataset.theme = chosen;
  store(KEY, chosen === "auto" ? null : chosen);
});
