// The case screen: evidence on the page, word picking, keys, and saving field by field.
import { send, tell, texts } from "./desk.js";

const root = document.getElementById("case");
const id = root.dataset.case;
const may = root.dataset.may === "yes";
const fragment = document.getElementById("fragment");
const stage = document.getElementById("stage");
const sheet = document.getElementById("sheet");
const image = document.getElementById("page");
const boxes = document.getElementById("boxes");
const SVG = "http://www.w3.org/2000/svg";
const thumbs = [...document.querySelectorAll("#thumbs button")];
const numbers = thumbs.map((each) => Number(each.dataset.page));
const words = new Map();
let page = numbers[0], zoom = 1, turned = 0, current = null, saving = Promise.resolve();

const state = () => fragment.querySelector(".state");
const version = () => Number(state().dataset.version);
const fields = () => [...fragment.querySelectorAll(".field")];
const fieldOf = (key) => fragment.querySelector(`.field[data-key="${key}"]`);
const inputOf = (field) => field.querySelector("input, select, textarea");
const evidenceOf = (element) => JSON.parse(element.dataset.evidence || "[]");

// --- the page ------------------------------------------------------------------------------

async function loadWords(number) {
  if (!words.has(number)) {
    const answer = await fetch(`/words/${id}/${number}`, { credentials: "same-origin" });
    words.set(number, await answer.json());
  }
  return words.get(number);
}

async function showPage(number) {
  if (!numbers.includes(number)) return;
  page = number;
  if (image.dataset.page !== String(number)) {
    image.dataset.page = number;
    image.src = `/pages/${id}/${number}`;
  }
  for (const each of thumbs) {
    if (Number(each.dataset.page) === number) each.setAttribute("aria-current", "page");
    else each.removeAttribute("aria-current");
  }
  document.getElementById("page-now").textContent = String(numbers.indexOf(number) + 1);
  const held = await loadWords(number);
  if (page === number) {
    boxes.setAttribute("viewBox", `0 0 ${held.width} ${held.height}`);
    boxes.setAttribute("preserveAspectRatio", "none");
    outline();
  }
}

function rect(name, [x0, top, x1, bottom], spread = 0) {
  const made = document.createElementNS(SVG, "rect");
  made.setAttribute("class", name);
  made.setAttribute("x", x0 - spread);
  made.setAttribute("y", top - spread);
  made.setAttribute("width", Math.max(x1 - x0 + 2 * spread, 1));
  made.setAttribute("height", Math.max(bottom - top + 2 * spread, 1));
  return made;
}

function outline() {
  boxes.replaceChildren();
  for (const field of fields()) {
    const kind = ["open", "unsure", "person"].find((each) => field.classList.contains(each)) ?? "";
    for (const each of evidenceOf(field)) {
      if (each.page !== page) continue;
      const now = field.dataset.key === current ? " now" : "";
      const made = rect(`box ${kind}${now}`, each.bbox, 1.5);
      made.dataset.key = field.dataset.key;
      const title = document.createElementNS(SVG, "title");
      title.textContent = `${field.dataset.label}: ${each.text}`;
      made.append(title);
      boxes.append(made);
    }
  }
  for (const [meaning, ...box] of words.get(page)?.codes ?? []) {
    const made = rect("code", box, 1);
    const title = document.createElementNS(SVG, "title");
    title.textContent = meaning;
    made.dataset.meaning = meaning;
    made.append(title);
    boxes.append(made);
  }
  boxes.dataset.ready = String(page);
}

function setZoom(value) {
  zoom = Math.min(4, Math.max(0.4, value));
  sheet.style.width = `${Math.round(zoom * 100)}%`;
  document.getElementById("zoom").textContent = `${Math.round(zoom * 100)}%`;
}

function turn() {
  sheet.classList.remove(`turn-${turned}`);
  turned = (turned + 90) % 360;
  if (turned) sheet.classList.add(`turn-${turned}`);
}

async function showEvidence(field) {
  const [first] = evidenceOf(field);
  if (!first || !numbers.includes(first.page)) { outline(); return; }
  if (first.page !== page || !words.has(page)) await showPage(first.page);
  else outline();
  if (zoom < 1.4 && stage.clientWidth > 500) setZoom(1.4);
  const held = words.get(first.page);
  const x = ((first.bbox[0] + first.bbox[2]) / 2 / held.width) * sheet.clientWidth;
  const y = ((first.bbox[1] + first.bbox[3]) / 2 / held.height) * (sheet.clientWidth * held.height / held.width);
  stage.scrollTo({ left: x - stage.clientWidth / 2, top: y - stage.clientHeight / 2.6 });
}

// --- picking words -------------------------------------------------------------------------

let drag = null;
function pointOf(event) { // the page's own points, however it is zoomed or turned
  const place = new DOMPoint(event.clientX, event.clientY).matrixTransform(boxes.getScreenCTM().inverse());
  return [place.x, place.y];
}

function within([x0, y0], [x1, y1]) {
  const area = [Math.min(x0, x1), Math.min(y0, y1), Math.max(x0, x1), Math.max(y0, y1)];
  const click = area[2] - area[0] < 3 && area[3] - area[1] < 3;
  const found = [];
  for (const line of words.get(page)?.lines ?? []) {
    const picked = line.filter(([, a, b, c, d]) => {
      if (click) return x0 >= a - 1 && x0 <= c + 1 && y0 >= b - 1 && y0 <= d + 1;
      const wide = Math.min(area[2], c) - Math.max(area[0], a);
      const high = Math.min(area[3], d) - Math.max(area[1], b);
      return wide > Math.min(0.3 * (c - a), 4) && high > 0.35 * (d - b);
    });
    if (picked.length) found.push(picked);
    if (click && picked.length) break;
  }
  return found;
}

boxes.addEventListener("pointerdown", (event) => {
  if (event.button !== 0 || event.pointerType === "touch") return;
  event.preventDefault();
  drag = { from: pointOf(event) };
  boxes.setPointerCapture(event.pointerId);
});
boxes.addEventListener("pointermove", (event) => {
  const at = pointOf(event);
  if (!drag) {
    const under = document.elementsFromPoint(event.clientX, event.clientY).filter((each) => each.closest("svg"));
    const named = under.find((each) => each.dataset?.key);
    const coded = under.find((each) => each.dataset?.meaning);
    const said = [named && fieldOf(named.dataset.key)?.dataset.label, coded?.dataset.meaning];
    document.getElementById("boxname").textContent = said.filter(Boolean).join(" · ");
    return;
  }
  for (const old of boxes.querySelectorAll(".drag, .word")) old.remove();
  const [a, b] = [drag.from, at];
  boxes.append(rect("drag", [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[0], b[0]), Math.max(a[1], b[1])]));
  for (const line of within(a, b)) for (const [, ...box] of line) boxes.append(rect("word", box));
});
boxes.addEventListener("pointerup", (event) => {
  if (!drag) return;
  const picked = within(drag.from, pointOf(event));
  drag = null;
  for (const old of boxes.querySelectorAll(".drag, .word")) old.remove();
  if (picked.length) put(picked, event.shiftKey);
});
boxes.addEventListener("click", (event) => { // a finger taps a word
  if (event.pointerType === "touch") { const at = pointOf(event); const picked = within(at, at); if (picked.length) put(picked, true); }
});

function put(lines, more) {
  if (!may) return;
  const field = current && fieldOf(current);
  if (!field) { tell(texts().choose); return; }
  const input = inputOf(field);
  const said = lines.map((line) => line.map(([text]) => text).join(" ")).join(" ").replace(/[.,;:]+$/, "");
  if (input.tagName === "SELECT") {
    const plain = said.toLowerCase();
    const option = [...input.options].find((each) => each.text && plain.includes(each.text.toLowerCase()));
    if (option) input.value = option.value;
  } else if (more && input.value) input.value = `${input.value}${field.dataset.kind === "list" ? ", " : " "}${said}`;
  else input.value = said;
  const places = lines.map((line) => ({
    page, text: line.map(([text]) => text).join(" "),
    bbox: [Math.min(...line.map((w) => w[1])), Math.min(...line.map((w) => w[2])), Math.max(...line.map((w) => w[3])), Math.max(...line.map((w) => w[4]))],
  }));
  field.picked = more && field.picked ? [...field.picked, ...places] : places;
  input.focus({ preventScroll: true });
  check(field);
}

// --- fields --------------------------------------------------------------------------------

const CHECKED = new Set(["date", "window", "list", "id"]);
function check(field) {
  clearTimeout(check.timer);
  const input = inputOf(field);
  const fault = field.querySelector(".fault");
  if (!CHECKED.has(field.dataset.kind) || !input.value.trim()) { fault.textContent = ""; input.removeAttribute("aria-invalid"); return; }
  check.timer = setTimeout(async () => {
    const query = new URLSearchParams({ key: field.dataset.key, value: input.value });
    const answer = await fetch(`/check?${query}`, { credentials: "same-origin" });
    if (!answer.ok) return;
    const told = await answer.json();
    fault.textContent = told.ok ? "" : told.message;
    if (told.ok) input.removeAttribute("aria-invalid"); else input.setAttribute("aria-invalid", "true");
  }, 180);
}

function renew(html, focusKey) {
  const openPanels = new Map([...fragment.querySelectorAll("details[id]")].map((each) => [each.id, each.open]));
  const top = document.getElementById("work").scrollTop;
  fragment.innerHTML = html;
  for (const [name, open] of openPanels) { const panel = document.getElementById(name); if (panel) panel.open = open; }
  document.getElementById("work").scrollTop = top;
  if (focusKey) { const field = fieldOf(focusKey); if (field) inputOf(field).focus({ preventScroll: true }); }
  outline();
}

async function act(name, body, { focus = null, retry = null } = {}) {
  const run = async () => {
    const answer = await send(`/cases/${id}/${name}`, { version: version(), ...body });
    if (answer.ok) { renew(await answer.text(), focus); return true; }
    const told = await answer.json().catch(() => ({ message: "", mend: "" }));
    if (answer.status === 409 && retry) return merge(retry);
    if (answer.status === 401) { location.reload(); return false; }
    const refused = document.getElementById("refused");
    refused.textContent = `${told.message}. ${told.mend ?? ""}`;
    refused.hidden = false;
    if (told.field) { const field = fieldOf(told.field); if (field) { field.querySelector(".fault").textContent = told.message; inputOf(field).focus(); } }
    if (told.open) goTo(told.open[0]);
    return false;
  };
  saving = saving.then(run, run);
  return saving;
}

async function merge({ key, value, evidence }) {
  const answer = await fetch(`/cases/${id}/work`, { credentials: "same-origin" });
  renew(await answer.text(), null);
  const field = fieldOf(key);
  const dialog = document.getElementById("merge");
  document.getElementById("theirs").textContent = `${field.dataset.label}: ${inputOf(field).value || "∅"}`;
  document.getElementById("yours").textContent = `${field.dataset.label}: ${value || "∅"}`;
  dialog.showModal();
  const chosen = await new Promise((ok) => dialog.addEventListener("close", () => ok(dialog.returnValue), { once: true }));
  if (chosen !== "yours") { inputOf(field).focus(); return false; }
  const again = await send(`/cases/${id}/field`, { version: version(), key, value, evidence });
  if (again.ok) renew(await again.text(), key);
  return again.ok;
}

async function save(field, value = inputOf(field).value, evidence = field.picked ?? []) {
  const key = field.dataset.key;
  const typed = typeof value === "string" ? (value === "" ? null : value) : value;
  const done = await act("field", { key, value: typed, evidence }, { retry: { key, value: typed, evidence } });
  if (done) tell(texts().saved);
  return done;
}

const changed = (field) => inputOf(field).value !== inputOf(field).dataset.was;

async function confirm(field) {
  const key = field.dataset.key;
  const done = changed(field) ? await save(field) : field.classList.contains("person") || await act("accept", { keys: [key] });
  if (done) nextOpen(key);
}

function goTo(key) {
  const field = fieldOf(key);
  if (!field) return;
  const input = inputOf(field);
  input.focus({ preventScroll: true });
  field.scrollIntoView({ block: "center" });
  if (input.select) input.select();
}

function openKeys() { return fields().filter((each) => each.classList.contains("open")).map((each) => each.dataset.key); }

function nextOpen(after, step = 1) {
  const open = openKeys();
  if (!open.length) {
    tell(texts().clear);
    fragment.querySelector("#approve")?.focus();
    return;
  }
  const order = fields().map((each) => each.dataset.key);
  const at = order.indexOf(after ?? current);
  const beyond = step > 0 ? open.find((key) => order.indexOf(key) > at) : open.findLast((key) => order.indexOf(key) < at);
  goTo(beyond ?? (step > 0 ? open[0] : open[open.length - 1]));
}

fragment.addEventListener("focusin", (event) => {
  const field = event.target.closest(".field");
  if (!field || field.dataset.key === current) return;
  current = field.dataset.key;
  showEvidence(field);
});
fragment.addEventListener("input", (event) => { const field = event.target.closest(".field"); if (field) { field.picked = undefined; check(field); } });
fragment.addEventListener("change", (event) => {
  const field = event.target.closest(".field");
  if (field && may && changed(field)) setTimeout(() => { if (document.contains(field) && changed(field)) save(field); }, 0);
});
fragment.addEventListener("keydown", (event) => {
  const field = event.target.closest(".field");
  if (!field || !may) return;
  if (event.key === "Enter" && !event.shiftKey && !event.target.closest("button, summary")) { event.preventDefault(); confirm(field); }
  else if (event.key === "Escape") {
    const input = inputOf(field);
    if (changed(field)) { input.value = input.dataset.was; check(field); } else input.blur();
    event.preventDefault();
  } else if (event.altKey && /^[1-5]$/.test(event.key)) {
    const other = field.querySelectorAll("[data-alt]")[Number(event.key) - 1];
    if (other) { event.preventDefault(); take(field, other); }
  }
});
async function take(field, other) { if (await save(field, JSON.parse(other.dataset.alt), evidenceOf(other))) nextOpen(field.dataset.key); }

fragment.addEventListener("submit", async (event) => {
  const busy = event.target.querySelector("button");
  if (event.target.dataset.busy) setTimeout(() => { busy.disabled = true; busy.textContent = event.target.dataset.busy; }, 0);
  const form = event.target.closest("form[data-form]");
  if (event.target.id === "fields") event.preventDefault();
  if (!form) return;
  event.preventDefault();
  await act(form.dataset.form, Object.fromEntries(new FormData(form)));
});
fragment.addEventListener("click", (event) => {
  const other = event.target.closest("[data-alt]");
  if (other && may) { take(other.closest(".field"), other); return; }
  const button = event.target.closest("button");
  if (!button) return;
  if (button.dataset.do === "approve") approve();
  else if (button.dataset.do === "status") act("status", { status: button.dataset.status });
  else if (button.id === "next") nextCase();
  else if (button.id === "keys") document.getElementById("help").showModal();
});

async function approve() {
  if (!may || !fragment.querySelector("#approve")) return;
  if (await act("approve", {})) { sessionStorage.setItem("told", texts().approved); nextCase(); }
}

async function undo() {
  const key = current && fieldOf(current)?.classList.contains("person") ? current : lastKey();
  if (!key) { tell(texts().nothing); return; }
  if (!(await act("undo", { key }))) return;
  tell(texts().undone);
  fieldOf(key)?.scrollIntoView({ block: "center" });
}
function lastKey() { return fields().filter((each) => each.classList.contains("person") && each.querySelector(".before")).map((each) => each.dataset.key).at(-1); }

function nextCase() { location.href = `/cases/${id}/next${root.dataset.query ? `?${root.dataset.query}` : ""}`; }

// --- keys ----------------------------------------------------------------------------------

const single = document.getElementById("single-keys");
single.checked = localStorage.getItem("single-keys") !== "no";
single.addEventListener("change", () => localStorage.setItem("single-keys", single.checked ? "yes" : "no"));
const KEYS = {
  n: () => nextOpen(null, 1), p: () => nextOpen(null, -1), u: undo, a: approve, c: nextCase,
  l: () => { location.href = `/cases/${id}/letter`; },
  "+": () => setZoom(zoom * 1.2), "=": () => setZoom(zoom * 1.2), "-": () => setZoom(zoom / 1.2), 0: () => setZoom(1), r: turn,
  "[": () => step(-1), "]": () => step(1), "?": () => document.getElementById("help").showModal(),
};
document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.target.closest("input, select, textarea") || (!single.checked && event.key !== "?")) return;
  const act = KEYS[event.key];
  if (act) { event.preventDefault(); act(); }
});

function step(by) { const at = numbers.indexOf(page) + by; if (at >= 0 && at < numbers.length) showPage(numbers[at]); }
document.getElementById("zoom-in").addEventListener("click", () => setZoom(zoom * 1.2));
document.getElementById("zoom-out").addEventListener("click", () => setZoom(zoom / 1.2));
document.getElementById("fit").addEventListener("click", () => setZoom(1));
document.getElementById("turn").addEventListener("click", turn);
document.getElementById("page-back").addEventListener("click", () => step(-1));
document.getElementById("page-on").addEventListener("click", () => step(1));
for (const each of thumbs) each.addEventListener("click", () => showPage(Number(each.dataset.page)));

// --- one person at a time ------------------------------------------------------------------

async function hold(take = false) {
  const answer = await send(`/cases/${id}/hold`, { take_over: take });
  if (!answer.ok) return;
  const told = await answer.json();
  if (told.mine) document.getElementById("held")?.remove();
}
if (may) {
  document.getElementById("take-over")?.addEventListener("click", () => hold(true));
  setInterval(() => { if (!document.getElementById("held")) hold(); }, 60000);
  addEventListener("pagehide", () => {
    const token = document.querySelector('meta[name="csrf"]').content;
    fetch(`/cases/${id}/release`, { method: "POST", keepalive: true, credentials: "same-origin", headers: { "X-CSRF-Token": token, "Content-Type": "application/json" }, body: "{}" });
  });
}

const said = sessionStorage.getItem("told");
if (said) { sessionStorage.removeItem("told"); tell(said); }
setZoom(1);
await showPage(page);
root.dataset.ready = "yes";
