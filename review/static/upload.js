import { sendForm, texts } from "./desk.js";

const drop = document.getElementById("drop");
const list = document.getElementById("list");
const rows = new Map();
let total = 0, finished = 0;

function row(name) {
  document.getElementById("sent").hidden = false;
  const tr = document.createElement("tr");
  for (const part of ["name", "stage", "pages", "result"]) {
    const td = document.createElement("td");
    td.className = `file-${part}`;
    tr.append(td);
  }
  tr.children[0].textContent = name;
  list.prepend(tr);
  total += 1;
  sum();
  return tr;
}

function sum() {
  document.getElementById("sum").textContent = texts().of.replace("{done}", finished).replace("{total}", total);
}

function end(tr) {
  if (!tr.dataset.done) { tr.dataset.done = "yes"; finished += 1; sum(); }
}

function show(tr, news) {
  const [, stage, pages, result] = tr.children;
  const working = news.stage && !["written", "quarantined", "refused"].includes(news.status);
  stage.textContent = texts()[working ? news.stage : news.status] ?? news.status;
  tr.dataset.status = news.status;
  if (working && news.total) {
    const bar = document.createElement("progress");
    bar.max = news.total; bar.value = news.done;
    bar.setAttribute("aria-label", `${news.done} / ${news.total}`);
    pages.replaceChildren(bar);
  } else pages.textContent = news.pages ?? "";
  const told = [];
  if (news.duplicate_of) told.push(document.createTextNode(`${texts().duplicate} `));
  if (news.reason) told.push(document.createTextNode(news.reason));
  for (const id of news.cases ?? []) {
    const link = document.createElement("a");
    link.href = `/cases/${id}`; link.textContent = `${texts().case} ${id}`;
    told.push(link, document.createTextNode(" "));
  }
  result.replaceChildren(...told);
  if (["written", "quarantined", "refused"].includes(news.status)) end(tr);
}

async function handIn(files) {
  for (const file of files) { // one request a file: one that fails costs no other
    const tr = row(file.name);
    tr.children[1].textContent = texts().sending;
    const form = new FormData();
    form.append("files", file, file.name);
    try {
      const answer = await sendForm("/upload", form);
      const body = await answer.json();
      if (!answer.ok) { show(tr, { status: "refused", reason: `${body.message}. ${body.mend}` }); continue; }
      const told = body[0];
      show(tr, told);
      if (told.id && !tr.dataset.done) { rows.set(told.id, tr); watch(); }
    } catch { show(tr, { status: "refused", reason: texts().failed }); }
  }
}

let source = null;
function watch() {
  source?.close();
  const open = [...rows].filter(([, tr]) => !tr.dataset.done).map(([id]) => id);
  if (!open.length) return;
  source = new EventSource(`/upload/events?ids=${open.join(",")}`);
  source.onmessage = (event) => {
    const news = JSON.parse(event.data);
    const tr = rows.get(news.id);
    if (tr) show(tr, news);
  };
  source.addEventListener("end", () => { source.close(); watchSoon(); });
}
function watchSoon() { if ([...rows.values()].some((tr) => !tr.dataset.done)) setTimeout(watch, 1000); }

async function filesOf(items) {
  const found = [];
  async function walk(entry) {
    if (entry.isFile) found.push(await new Promise((ok, no) => entry.file(ok, no)));
    else if (entry.isDirectory) {
      const reader = entry.createReader();
      for (;;) {
        const some = await new Promise((ok, no) => reader.readEntries(ok, no));
        if (!some.length) break;
        for (const each of some) await walk(each);
      }
    }
  }
  for (const entry of items.map((item) => item.webkitGetAsEntry?.()).filter(Boolean)) await walk(entry);
  return found;
}

drop.addEventListener("dragover", (event) => { event.preventDefault(); drop.classList.add("over"); });
drop.addEventListener("dragleave", () => drop.classList.remove("over"));
drop.addEventListener("drop", async (event) => {
  event.preventDefault();
  drop.classList.remove("over");
  const plain = [...event.dataTransfer.files];
  const walked = await filesOf([...event.dataTransfer.items]);
  handIn(walked.length ? walked : plain);
});
for (const id of ["files", "folder", "camera"]) {
  const input = document.getElementById(id);
  input.addEventListener("change", () => { handIn([...input.files]); input.value = ""; });
}
