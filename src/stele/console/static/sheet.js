// A page as a drawing: each word's box where it is on the page, turned so that most of the text can be read.

import { svg } from "./dom.js";

export function drawn(page) {
  const words = page.blocks.flatMap((block) => block.paragraphs.flatMap((one) => one.lines.flatMap((line) => line.words)));
  const turn = quarterOf(words);
  const [width, height] = turn % 180 ? [page.height, page.width] : [page.width, page.height];
  const content = svg("g", { transform: turned(turn, page.width, page.height) });
  content.append(
    svg("rect", { class: "paper", width: page.width, height: page.height }),
    ...page.tables.flatMap((table) => table.cells.map((cell) => shape(cell.polygon, "cell"))),
    ...words.map(wordOf),
  );
  return svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": "Where the words are" }, content);
}

function wordOf(word) {
  const [start, end, , bottom] = word.polygon;
  const length = distance(start, end);
  const size = distance(start, bottom);
  const angle = (Math.atan2(end[1] - start[1], end[0] - start[0]) * 180) / Math.PI;
  const label = svg("text", {
    transform: `translate(${bottom[0]} ${bottom[1]}) rotate(${angle}) translate(0 ${-0.22 * size})`,
    "font-size": 0.8 * size,
    textLength: length,
    lengthAdjust: "spacingAndGlyphs",
  }, word.text);
  const unsure = word.confidence < 0.8 ? " unsure" : "";
  return svg("g", { class: `w${unsure}`, "data-word": word.index }, shape(word.polygon, "box"), label);
}

const shape = (polygon, name) => svg("polygon", { class: name, points: polygon.map((point) => point.join(",")).join(" ") });

const distance = (a, b) => Math.hypot(b[0] - a[0], b[1] - a[1]);

// The multiple of 90 degrees that most words are turned by, clockwise.
function quarterOf(words) {
  const votes = [0, 0, 0, 0];
  for (const { polygon, text } of words) {
    const angle = Math.atan2(polygon[1][1] - polygon[0][1], polygon[1][0] - polygon[0][0]);
    votes[((Math.round(angle / (Math.PI / 2)) % 4) + 4) % 4] += text.length;
  }
  return 90 * votes.indexOf(Math.max(...votes));
}

// Turns the page back, and moves it so that its corner is at the origin again.
function turned(quarter, width, height) {
  return {
    0: "",
    90: `translate(0 ${width}) rotate(-90)`,
    180: `translate(${width} ${height}) rotate(180)`,
    270: `translate(${height} 0) rotate(90)`,
  }[quarter];
}
