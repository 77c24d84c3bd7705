// Page by page: where the words are on the left, the text on the right. Pointing at a word marks it in both.

import * as api from "./api.js";
import { byId, element, say, show } from "./dom.js";
import { drawn } from "./sheet.js";

export class Reader {
  #job;
  #signal;
  #item;
  #number = 1;
  #total = 1;
  #page;
  #marked = [];

  constructor(job, signal) {
    this.#job = job;
    this.#signal = signal;
    byId("previous").addEventListener("click", () => this.#turn(this.#number - 1));
    byId("next").addEventListener("click", () => this.#turn(this.#number + 1));
    byId("page-number").addEventListener("change", (event) => this.#turn(Number(event.target.value)));
    byId("show-text").addEventListener("change", () => this.#paintMode());
    document.addEventListener("keydown", (event) => this.#key(event), { signal });
    for (const pane of ["sheet", "text"]) {
      byId(pane).addEventListener("pointerover", (event) => this.#point(event.target.closest("[data-word]")));
      byId(pane).addEventListener("click", (event) => this.#point(event.target.closest("[data-word]"), true));
    }
  }

  async open(item) {
    this.#item = item;
    this.#total = item.pages ?? 0;
    byId("page-total").textContent = this.#total;
    await this.#turn(1);
  }

  async #turn(wanted) {
    if (!this.#total) return;
    this.#number = Math.min(this.#total, Math.max(1, Math.trunc(wanted) || 1));
    const asked = this.#number;
    byId("page-number").value = asked;
    byId("previous").disabled = asked <= 1;
    byId("next").disabled = asked >= this.#total;
    const address = `jobs/${this.#job}/pages?item=${this.#item.index}&first=${asked}&limit=1`;
    const { pages } = await api.get(address, this.#signal);
    if (asked === this.#number) this.#paint(pages[0], asked);
  }

  #key(event) {
    if (event.target.closest("input, select, dialog") || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "ArrowLeft") this.#turn(this.#number - 1);
    if (event.key === "ArrowRight") this.#turn(this.#number + 1);
  }

  #paint(page, number) {
    this.#page = page;
    this.#marked = [];
    const error = byId("page-error");
    const message = page ? page.error?.message : "This page was not read.";
    error.textContent = message ?? "";
    show(error, message);
    const warnings = byId("page-warnings");
    warnings.textContent = (page?.warnings ?? []).join(" ");
    show(warnings, warnings.textContent);
    show(byId("spread"), page && !page.error);
    byId("page-facts").textContent = page && !page.error ? facts(page) : "";
    byId("word").textContent = "Point at a word to see where it is, and how sure the reader was.";
    if (!page || page.error) return;
    byId("sheet").replaceChildren(drawn(page));
    byId("text").replaceChildren(...textOf(page));
    byId("text").scrollTop = 0;
    this.#paintMode();
    say(`Page ${number}`);
  }

  #paintMode() {
    byId("sheet").classList.toggle("bare", !byId("show-text").checked);
  }

  #point(node, pressed = false) {
    if (!node) return;
    for (const marked of this.#marked) marked.classList.remove("marked");
    const same = `[data-word="${node.dataset.word}"]`;
    this.#marked = [...byId("sheet").querySelectorAll(same), ...byId("text").querySelectorAll(same)];
    for (const marked of this.#marked) marked.classList.add("marked");
    const other = byId("sheet").contains(node) ? byId("text") : byId("sheet");
    if (pressed) other.querySelector(same)?.scrollIntoView({ block: "nearest" });
    const word = wordsOf(this.#page).find((one) => String(one.index) === node.dataset.word);
    if (word) byId("word").textContent = `“${word.text}” – ${Math.round(word.confidence * 100)} % sure`;
  }
}

const wordsOf = (page) =>
  page.blocks.flatMap((block) => block.paragraphs.flatMap((one) => one.lines.flatMap((line) => line.words)));

const SOURCES = { "text-layer": "from the text layer", ocr: "read from the picture", mixed: "text layer and picture" };

function facts(page) {
  const languages = page.languages.map((language) => language.code).join(", ");
  const count = wordsOf(page).length;
  return [`${count} ${count === 1 ? "word" : "words"}`, SOURCES[page.source], languages].filter(Boolean).join(" · ");
}

function textOf(page) {
  if (!page.blocks.length) return [element("p", { class: "empty" }, "No text was found on this page.")];
  return page.blocks.map((block) =>
    element("div", { class: "block" }, ...block.paragraphs.map((paragraph) => paragraphOf(paragraph))),
  );
}

function paragraphOf(paragraph) {
  return element("p", { dir: "auto" }, ...paragraph.lines.map((line) => lineOf(line)));
}

function lineOf(line) {
  const made = element("span", { class: "line" });
  for (const word of line.words) {
    const classes = word.confidence < 0.8 ? "unsure" : "";
    made.append(element("span", { "data-word": word.index, class: classes }, word.text));
    if (word.break === "space") made.append(" ");
  }
  return made;
}
