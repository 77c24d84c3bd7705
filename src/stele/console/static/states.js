// How a job's state and progress are shown, the same in every view.

import { seconds } from "./dom.js";

const STATES = {
  accepted: ["queued", "○"],
  preparing: ["preparing", "◔"],
  waiting: ["queued", "○"],
  running: ["reading", "◑"],
  publishing: ["writing", "◕"],
  succeeded: ["done", "✓"],
  partially_succeeded: ["done, with errors", "!"],
  failed: ["failed", "✕"],
  cancelled: ["cancelled", "–"],
};

export function paintState(node, state) {
  const [name, sign] = STATES[state];
  node.className = `state ${state}`;
  node.replaceChildren(Object.assign(document.createElement("i"), { textContent: sign, ariaHidden: "true" }), name);
}

export function paintProgress(node, job) {
  if (job.ended || job.pages_total === 0) {
    node.value = 1;
  } else if (job.pages_total === null) {
    node.removeAttribute("value");
  } else {
    node.value = job.pages_done / job.pages_total;
  }
}

export function counted(job) {
  const pages = (count) => `${count} ${count === 1 ? "page" : "pages"}`;
  const failed = job.pages_failed ? `, ${job.pages_failed} failed` : "";
  if (job.ended) return pages(job.pages_done) + failed;
  if (job.pages_total === null) return "counting pages";
  const left = job.eta_seconds ? `, ${seconds(job.eta_seconds)} left` : "";
  return `${job.pages_done} of ${pages(job.pages_total)}${failed}${left}`;
}

export function nameOf(job) {
  const [first, ...others] = job.items;
  if (!others.length) return first.name;
  return `${first.name} and ${others.length} more`;
}
