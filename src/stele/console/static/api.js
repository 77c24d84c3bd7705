// The API: JSON calls, uploads with progress, downloads, and a job's events. The token lies in sessionStorage, so it
// is gone with the tab.

const PREFIX = "/api/v1";
const KEY = "stele-token";

export const token = () => sessionStorage.getItem(KEY);
export const signIn = (value) => sessionStorage.setItem(KEY, value);
export const signOut = () => sessionStorage.removeItem(KEY);

export class Problem extends Error {
  constructor(status, body) {
    super(body.detail ?? `The server answered ${status}.`);
    this.status = status;
    this.code = body.code ?? "";
    this.retryAfter = body.retryAfter ?? 1;
  }
}

async function request(path, options = {}) {
  const address = path.startsWith("/") ? path : `${PREFIX}/${path}`;
  const headers = { authorization: `Bearer ${token()}`, ...options.headers };
  const response = await fetch(address, { ...options, headers, cache: "no-store" });
  if (response.ok) return response;
  throw await problemOf(response);
}

async function problemOf(response) {
  const body = await response.json().catch(() => ({}));
  return new Problem(response.status, { ...body, retryAfter: Number(response.headers.get("retry-after") ?? 1) });
}

export const get = async (path, signal) => (await request(path, { signal })).json();
export const cancel = async (job) => (await request(`jobs/${job}`, { method: "DELETE" })).json();
export const forget = (job) => request(`jobs/${job}/forget`, { method: "POST" });

// XMLHttpRequest, since fetch does not tell how much of an upload was sent.
export function submit(files, fields, progress) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) if (value) form.append(name, value);
  for (const file of files) form.append("file", file, file.name);
  return new Promise((resolve, reject) => {
    const call = new XMLHttpRequest();
    call.open("POST", `${PREFIX}/jobs`);
    call.setRequestHeader("authorization", `Bearer ${token()}`);
    call.responseType = "json";
    call.upload.onprogress = (event) => event.lengthComputable && progress(event.loaded / event.total);
    call.onload = () =>
      call.status < 300 ? resolve(call.response) : reject(new Problem(call.status, call.response ?? {}));
    call.onerror = () => reject(new Error("The connection was lost while sending."));
    call.send(form);
  });
}

// Gives { blob, name }. A format that is still being made is waited for; `waiting` is told once.
export async function download(job, item, format, waiting) {
  for (;;) {
    try {
      const response = await request(`jobs/${job}/export?format=${format}&item=${item}&wait=1`);
      const disposition = response.headers.get("content-disposition") ?? "";
      const encoded = /filename\*=UTF-8''([^;]+)/.exec(disposition);
      const plain = /filename="([^"]*)"/.exec(disposition);
      const name = encoded ? decodeURIComponent(encoded[1]) : (plain?.[1] ?? `result.${format}`);
      return { blob: await response.blob(), name };
    } catch (error) {
      if (error.code !== "conflict.not_ready") throw error;
      waiting();
      await pause(error.retryAfter * 1000);
    }
  }
}

// Calls `changed` with each event of a job until its last one. EventSource cannot send a token, so the stream is read
// by hand; when the connection breaks it is opened again.
export async function follow(job, changed, signal) {
  let last = "";
  while (!signal.aborted) {
    try {
      const headers = last ? { "last-event-id": last } : {};
      const response = await request(`jobs/${job}/events`, { headers, signal });
      if (response.status === 204) return;
      for await (const event of eventsOf(response.body)) {
        last = event.id;
        changed(JSON.parse(event.data));
        if (last === "end") return;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof Problem && !RETRIED.has(error.status)) throw error;
    }
    await pause(2000);
  }
}

const RETRIED = new Set([429, 500, 502, 503]);

async function* eventsOf(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let held = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    held += value;
    let end;
    while ((end = held.indexOf("\n\n")) >= 0) {
      const event = { id: "", data: "" };
      for (const line of held.slice(0, end).split("\n")) {
        const colon = line.indexOf(": ");
        if (colon > 0) event[line.slice(0, colon)] = line.slice(colon + 2);
      }
      held = held.slice(end + 2);
      if (event.data) yield event;
    }
  }
}

export const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
