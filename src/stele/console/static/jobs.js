// The list of jobs, and sending new ones. The newest jobs under way are followed by their events; a browser has few
// connections to one server, so the others are looked at every few seconds.

import * as api from "./api.js";
import { alert, byId, moment, say, show, view } from "./dom.js";
import { counted, nameOf, paintProgress, paintState } from "./states.js";

const FOLLOWED = 3;
const REFRESH_MILLISECONDS = 4000;
const BATCH = 25;

export async function showJobs(signal) {
  view("jobs-view");
  document.title = "Jobs – Stele";
  const list = new JobList(signal);
  listenForFiles(signal, () => list.refresh());
  byId("filter").addEventListener("change", () => list.refresh());
  byId("more").addEventListener("click", () => list.grow());
  while (!signal.aborted) {
    if (!document.hidden) await list.refresh();
    await api.pause(REFRESH_MILLISECONDS);
  }
}

class JobList {
  #signal;
  #rows = new Map();
  #followed = new Set();
  #limit = BATCH;

  constructor(signal) {
    this.#signal = signal;
  }

  grow() {
    this.#limit = Math.min(200, this.#limit + BATCH);
    return this.refresh();
  }

  async refresh() {
    const states = byId("filter").value;
    const { jobs, next } = await api.get(`jobs?limit=${this.#limit}${states && `&state=${states}`}`, this.#signal);
    if (this.#signal.aborted) return;
    const rows = jobs.map((job) => this.#row(job));
    const list = byId("jobs");
    if (rows.length !== list.children.length || rows.some((row, index) => row !== list.children[index])) {
      list.replaceChildren(...rows);
    }
    show(byId("empty"), !jobs.length);
    show(byId("more"), next && this.#limit < 200);
    this.#follow(jobs.filter((job) => !job.ended));
  }

  #row(job) {
    let row = this.#rows.get(job.id);
    if (!row) {
      row = byId("job-row").content.cloneNode(true).firstElementChild;
      row.querySelector("a").href = `#/jobs/${job.id}`;
      row.querySelector(".name").textContent = nameOf(job);
      this.#rows.set(job.id, row);
    }
    const tag = job.tag ? ` · ${job.tag}` : "";
    const why = job.error ? ` · ${job.error.message}` : "";
    row.querySelector(".sub").textContent = moment(job.created_at) + tag + why;
    paint(row, job);
    return row;
  }

  #follow(jobs) {
    for (const { id } of jobs.slice(0, FOLLOWED)) {
      if (this.#followed.has(id) || this.#followed.size >= FOLLOWED) continue;
      this.#followed.add(id);
      api
        .follow(id, (progress) => paint(this.#rows.get(id), progress), this.#signal)
        .catch(() => {}) // forgotten meanwhile: the next refresh takes its row away
        .finally(() => this.#followed.delete(id));
    }
  }
}

function paint(row, job) {
  paintState(row.querySelector(".state"), job.state);
  paintProgress(row.querySelector("progress"), job);
  row.querySelector(".count").textContent = counted(job);
  row.classList.toggle("ended", job.ended);
}

function listenForFiles(signal, sent) {
  const input = byId("files");
  const drop = byId("drop");
  input.addEventListener("change", async () => {
    await send([...input.files], sent);
    input.value = "";
  });
  const over = (event) => {
    if (!event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    drop.classList.toggle("over", event.type === "dragover");
  };
  document.addEventListener("dragover", over, { signal });
  document.addEventListener("dragleave", over, { signal });
  document.addEventListener(
    "drop",
    (event) => {
      over(event);
      if (event.dataTransfer.files.length) send([...event.dataTransfer.files], sent);
    },
    { signal },
  );
}

async function send(files, sent) {
  if (!files.length) return;
  const what = files.length === 1 ? files[0].name : `${files.length} files`;
  const fields = Object.fromEntries(new FormData(byId("submit")));
  const bar = byId("sent");
  bar.value = 0;
  byId("sending-what").textContent = `Sending ${what}`;
  show(byId("sending"), true);
  alert("");
  try {
    await api.submit(files, fields, (share) => (bar.value = share));
    say(`${what} was accepted`);
    await sent();
  } catch (error) {
    alert(error.message);
  } finally {
    show(byId("sending"), false);
  }
}
