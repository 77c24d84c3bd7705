// A page as a drawing: each word's box where it is on the page, turned so that most of the text can be read.

import { svg } from "./dom.js";

export function drawn(page) {
  const lines = page.blocks.flatMap((block) => block.paragraphs.flatMap((paragraph) => paragraph.lines));
  const turn = quarterOf(lines);
  const [width, height] = turn % 180 ? [page.height, page.width] : [page.width, page.height];
  const content = svg("g", { transform: turned(turn, page.width, page.height) });
  content.append(
    svg("rect", { class: "paper", width: page.width, height: page.height }),
    ...page.tables.flatMap((table) => table.cells.map((cell) => shape(cell.polygon, "cell"))),
    ...lines.flatMap((line) => line.words.map((word) => wordOf(word, line))),
  );
  return svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": "Where the words are" }, content);
}

// The box is the word's own; its letters are as large as the line is high and stand on the line's base.
function wordOf(word, line) {
  const [start, end] = word.polygon;
  const [left, right, , base] = line.polygon;
  const [dx, dy] = direction(left, right);
  const size = distance(left, base);
  const along = (start[0] - left[0]) * dx + (start[1] - left[1]) * dy;
  const angle = (Math.atan2(dy, dx) * 180) / Math.PI;
  const label = svg("text", {
    transform: `translate(${base[0]} ${base[1]}) rotate(${angle}) translate(${along} ${-0.22 * size})`,
    "font-size": 0.8 * size,
    textLength: distance(start, end),
    lengthAdjust: "spacingAndGlyphs",
  }, word.text);
  const unsure = word.confidence < 0.8 ? " unsure" : "";
  return svg("g", { class: `w${unsure}`, "data-word": word.index }, shape(word.polygon, "box"), label);
}

const shape = (polygon, name) => svg("polygon", { class: name, points: polygon.map((point) => point.join(",")).join(" ") });

const distance = (a, b) => Math.hypot(b[0] - a[0], b[1] - a[1]);

function direction(a, b) {
  const length = distance(a, b) || 1;
  return [(b[0] - a[0]) / length, (b[1] - a[1]) / length];
}

// The multiple of 90 degrees that most of the text is turned by, clockwise.
function quarterOf(lines) {
  const votes = [0, 0, 0, 0];
  for (const { polygon, text } of lines) {
    const [dx, dy] = direction(polygon[0], polygon[1]);
    votes[(Math.round(Math.atan2(dy, dx) / (Math.PI / 2)) + 4) % 4] += text.length;
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
