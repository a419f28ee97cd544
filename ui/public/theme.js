// Runs before the first paint, so that the other theme is never seen. It is a file of its own, because the page's
// Content-Security-Policy allows no inline script.
try {
  const theme = localStorage.getItem("fleetlog.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // A browser that keeps nothing follows the system's theme.
}
