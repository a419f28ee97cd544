export const NOT_BUILT = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width">
    <title>Fleetlog</title>
    <style>
      :root { color-scheme: light dark; font: 1rem/1.6 system-ui, sans-serif }
      body { max-width: 40rem; margin: 4rem auto; padding: 0 1rem }
    </style>
  </head>
  <body>
    <h1>This gateway runs, but its pages are not built</h1>
    <p>Build them in the folder of the sources, and load this page again:</p>
    <pre>npm run build -w ui</pre>
    <p><code>npm start</code> does this automatically. The API is available: <a href="/api/openapi.json">/api/openapi.json</a>.</p>
  </body>
</html>
`;
