const page = (title: string, content: string) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>
body { max-width: 24rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.5 system-ui, sans-serif; }
label, input { display: block; width: 100%; box-sizing: border-box; }
input { margin-bottom: 1rem; padding: 0.5rem; font: inherit; }
button { padding: 0.5rem 1rem; font: inherit; }
</style>
</head>
<body>
<main>
<h1>${title}</h1>
${content}
</main>
</body>
</html>
`;

export const LOGIN_PAGE = "/static/login.html";

/** Does not tell whether somebody has the address. */
export const FORGOT_PASSWORD = page(
  "Set a new password",
  `<p>If somebody has this address, a code is on its way to it.</p>
<form method="post" action="confirm_forgot_password">
<label for="username">User name or email address</label>
<input id="username" name="username" autocomplete="username" required>
<label for="confirmationcode">Code from the email</label>
<input id="confirmationcode" name="confirmationcode" autocomplete="one-time-code" required>
<label for="password">New password</label>
<input id="password" name="password" type="password" autocomplete="new-password" required>
<button type="submit">Set the password</button>
</form>`,
);

export const LOG_IN = page("Your password was changed", "<p>Log in with it from now on.</p>");
