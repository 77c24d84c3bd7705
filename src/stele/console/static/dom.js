// Small helpers around the document. Texts only ever become text nodes, never HTML.

export const byId = (id) => document.getElementById(id);

export function view(template) {
  const main = byId("main");
  main.replaceChildren(byId(template).content.cloneNode(true));
  return main;
}

export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

export function svg(name, attributes = {}, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

export function show(node, visible) {
  node.hidden = !visible;
}

export function alert(message) {
  const box = byId("alert");
  box.textContent = message;
  show(box, Boolean(message));
}

export function say(message) {
  byId("status").textContent = message;
}

export function seconds(count) {
  if (count < 1) return "less than a second";
  if (count < 100) return `${Math.round(count)} s`;
  if (count < 6000) return `${Math.round(count / 60)} min`;
  return `${Math.round(count / 3600)} h`;
}

const dates = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
export const moment = (text) => dates.format(new Date(text));
