// One job: its progress, its pages, its downloads.

import * as api from "./api.js";
import { alert, byId, element, moment, say, seconds, show, view } from "./dom.js";
import { Reader } from "./reader.js";
import { counted, nameOf, paintProgress, paintState } from "./states.js";

const FORMATS = ["txt", "layout.txt", "json", "md", "hocr", "alto", "pdf", "docx", "xlsx", "pptx"];

export async function showJob(id, signal) {
  view("job-view");
  const job = await api.get(`jobs/${id}`, signal);
  document.title = `${nameOf(job)} – Stele`;
  byId("job-name").textContent = nameOf(job);
  byId("job-name").focus();
  byId("cancel").addEventListener("click", () => act("Cancel this job?", "Cancel it", () => api.cancel(id)));
  byId("forget").addEventListener("click", () =>
    act("Delete this job, its input and its results now?", "Delete it", async () => {
      await api.forget(id);
      location.hash = "#/";
    }),
  );
  paint(job);
  if (!job.ended) await api.follow(id, (progress) => paintWay(progress), signal);
  if (signal.aborted) return;
  const ended = await api.get(`jobs/${id}`, signal);
  paint(ended);
  showResult(ended, signal);
}

function paint(job) {
  paintWay(job);
  const error = byId("job-error");
  error.textContent = job.error?.message ?? "";
  show(error, job.error);
  const facts = [
    ["Submitted", moment(job.created_at)],
    job.finished_at && ["Took", seconds((new Date(job.finished_at) - new Date(job.created_at)) / 1000)],
    job.expires_at && ["Kept until", moment(job.expires_at)],
    job.options.languages.length && ["Languages", job.options.languages.join(", ")],
    job.tag && ["Tag", job.tag],
    ["Through", job.dialect],
    ["Id", job.id],
  ];
  byId("facts").replaceChildren(
    ...facts.filter(Boolean).map(([name, value]) => element("div", {}, element("dt", {}, name), element("dd", {}, value))),
  );
}

function paintWay(job) {
  paintState(byId("job-state"), job.state);
  paintProgress(byId("job-progress"), job);
  byId("job-count").textContent = counted(job);
  byId("going").classList.toggle("ended", job.ended);
  show(byId("cancel"), !job.ended);
  show(byId("forget"), job.ended);
}

function showResult(job, signal) {
  if (!["succeeded", "partially_succeeded"].includes(job.state) && !job.pages_done) return;
  show(byId("result"), true);
  const choice = byId("item");
  choice.replaceChildren(...job.items.map((item) => element("option", { value: item.index }, item.name)));
  show(byId("item-choice"), job.items.length > 1);
  const reader = new Reader(job.id, signal);
  const open = () => {
    const item = job.items[Number(choice.value)];
    const error = byId("item-error");
    error.textContent = item.error?.message ?? "";
    show(error, item.error);
    show(byId("reader"), !item.error);
    byId("exports").replaceChildren(...FORMATS.map((format) => exportButton(job.id, item, format)));
    return reader.open(item).catch(failed(signal));
  };
  choice.addEventListener("change", open);
  open();
}

function failed(signal) {
  return (error) => signal.aborted || alert(error.message);
}

function exportButton(job, item, format) {
  const button = element("button", { type: "button", "aria-label": `Download as ${format}` }, format);
  button.disabled = Boolean(item.error);
  button.addEventListener("click", async () => {
    button.disabled = true;
    button.textContent = `${format} …`;
    alert("");
    try {
      const { blob, name } = await api.download(job, item.index, format, () => {
        button.textContent = `making ${format} …`;
      });
      save(blob, name);
      say(`${name} was downloaded`);
    } catch (error) {
      alert(error.message);
    } finally {
      button.textContent = format;
      button.disabled = false;
    }
  });
  return button;
}

function save(blob, name) {
  const address = URL.createObjectURL(blob);
  element("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

function act(question, answer, work) {
  const dialog = byId("confirm");
  byId("confirm-what").textContent = question;
  byId("confirm-yes").textContent = answer;
  dialog.returnValue = "no";
  dialog.addEventListener(
    "close",
    () => dialog.returnValue === "yes" && work().catch((error) => alert(error.message)),
    { once: true },
  );
  dialog.showModal();
}
