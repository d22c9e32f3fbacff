// What every page shares: requests with the CSRF token, and short messages.
const csrf = document.querySelector('meta[name="csrf"]')?.content ?? "";

export async function send(address, body, method = "POST") {
  return fetch(address, {
    method, credentials: "same-origin",
    headers: { "Content-Type": "application/json", "X-CSRF-Token": csrf, Accept: "application/json" },
    body: JSON.stringify(body),
  });
}

export async function sendForm(address, form) {
  return fetch(address, { method: "POST", credentials: "same-origin", headers: { "X-CSRF-Token": csrf, Accept: "application/json" }, body: form });
}

export function tell(text) {
  const place = document.getElementById("told");
  const said = document.createElement("p");
  said.textContent = text;
  place.replaceChildren(said);
  clearTimeout(tell.timer);
  tell.timer = setTimeout(() => said.remove(), 5000);
}

export const texts = () => document.getElementById("texts")?.dataset ?? {};
