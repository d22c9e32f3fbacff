// Keeps the queue live, and gives it keys.
const rows = document.getElementById("rows");
const fresh = document.getElementById("fresh");
let busy = false;

async function renew() {
  if (busy) return;
  if (rows.querySelector("input:checked")) { fresh.hidden = false; return; } // do not disturb a selection
  busy = true;
  try {
    const address = new URL(location.href);
    address.searchParams.set("part", "rows");
    const answer = await fetch(address, { credentials: "same-origin" });
    if (answer.ok) {
      const focused = document.activeElement?.closest?.("tr")?.dataset.case;
      rows.innerHTML = await answer.text();
      if (focused) rows.querySelector(`tr[data-case="${focused}"] a`)?.focus();
      fresh.hidden = true;
    }
  } finally { busy = false; }
}
const source = new EventSource("/events");
source.addEventListener("queue", renew);
document.getElementById("refresh").addEventListener("click", () => {
  for (const box of rows.querySelectorAll("input:checked")) box.checked = false;
  renew();
});
addEventListener("pagehide", () => source.close());

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea")) return;
  const links = [...rows.querySelectorAll(".what a")];
  const at = links.indexOf(document.activeElement);
  if (event.key === "/") { event.preventDefault(); document.getElementById("q").focus(); }
  else if (event.key === "j") links[Math.min(at + 1, links.length - 1)]?.focus();
  else if (event.key === "k") links[Math.max(at - 1, 0)]?.focus();
});
