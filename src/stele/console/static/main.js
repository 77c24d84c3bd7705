// Which view is shown: signing in, the jobs, or one job. Addresses are in the fragment: #/ and #/jobs/ID.

import * as api from "./api.js";
import { alert, byId, show, view } from "./dom.js";
import { showJob } from "./job.js";
import { showJobs } from "./jobs.js";

const QUEUE_MILLISECONDS = 5000;

let leaving = new AbortController();

function route() {
  leaving.abort();
  leaving = new AbortController();
  takeTokenFromAddress();
  alert("");
  show(byId("top"), Boolean(api.token()));
  if (!api.token()) return showSignIn();
  const job = /^#\/jobs\/([0-9a-f-]+)$/.exec(location.hash);
  const page = job ? showJob(job[1], leaving.signal) : showJobs(leaving.signal);
  page.catch(failed(leaving.signal));
  watchQueue(leaving.signal).catch(failed(leaving.signal));
}

// `stele serve` prints an address with the token behind #token=; a fragment is never sent to a server.
function takeTokenFromAddress() {
  const given = /^#token=(.+)$/.exec(location.hash);
  if (!given) return;
  api.signIn(decodeURIComponent(given[1]));
  history.replaceState(null, "", "#/");
}

function showSignIn() {
  view("sign-in-view");
  document.title = "Stele";
  byId("token").focus();
  byId("sign-in").addEventListener("submit", async (event) => {
    event.preventDefault();
    api.signIn(byId("token").value.trim());
    try {
      await api.get("project");
      route();
    } catch (error) {
      api.signOut();
      alert(error.status === 401 ? "This token is not known here." : error.message);
      byId("token").select();
    }
  });
}

function failed(signal) {
  return (error) => {
    if (signal.aborted) return;
    if (error.status === 401) {
      api.signOut();
      route();
      alert("The token is not valid any more. Sign in again.");
    } else {
      alert(error.message);
    }
  };
}

async function watchQueue(signal) {
  while (!signal.aborted) {
    if (!document.hidden) {
      const { project, queue } = await api.get("project", signal);
      byId("project").textContent = project;
      const busy = queue.running ? `${queue.running} working` : "idle";
      byId("queue").textContent = `Server: ${busy}${queue.waiting ? `, ${queue.waiting} waiting` : ""}`;
    }
    await api.pause(QUEUE_MILLISECONDS);
  }
}

byId("sign-out").addEventListener("click", () => {
  api.signOut();
  history.replaceState(null, "", "#/");
  route();
});
addEventListener("hashchange", route);
route();
