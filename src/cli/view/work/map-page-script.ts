/**
 * What the page does: lays rectangles out by the squarified way (Bruls, Huizing, van Wijk, 2000), nested by folders, anew
 * whenever the window changes; names go in as text, never as markup.
 */
export const MAP_SCRIPT = `
"use strict";
const root = JSON.parse(document.getElementById("tree").textContent);
const map = document.getElementById("map");
const trail = document.getElementById("trail");
const tip = document.getElementById("tip");
const find = document.getElementById("find");
const GAP = 2, HEAD = 18, LEAST = 3;
// Colours are by the most critical there is: a codebase without one hub shows its differences too.
const MOST = root.s || 1;
let path = [root];

const count = (value) => Math.round(value).toLocaleString("en-US");

function colour(score) {
  const stops = [[0, 176, 203, 224], [0.2, 244, 222, 132], [0.45, 240, 150, 98], [0.8, 222, 80, 92]];
  let [low, high] = [stops[0], stops[stops.length - 1]];
  for (let i = 1; i < stops.length; i++) if (score <= stops[i][0]) { low = stops[i - 1]; high = stops[i]; break; } else low = stops[i];
  const share = high[0] === low[0] ? 0 : Math.min(1, (score - low[0]) / (high[0] - low[0]));
  const mix = (index) => Math.round(low[index] + (high[index] - low[index]) * share);
  return "rgb(" + mix(1) + " " + mix(2) + " " + mix(3) + ")";
}

/** Rows along the shorter side, each grown while its worst rectangle gets squarer. */
function squarify(nodes, x, y, width, height) {
  const placed = [];
  const items = nodes.filter((node) => node.t > 0).sort((a, b) => b.t - a.t);
  const total = items.reduce((sum, node) => sum + node.t, 0);
  if (total === 0 || width < 1 || height < 1) return placed;
  const scale = (width * height) / total;
  let index = 0;
  while (index < items.length) {
    const side = Math.min(width, height);
    if (side < 0.5) break;
    let row = [], area = 0, worst = Infinity;
    while (index < items.length) {
      const next = items[index].t * scale;
      const sum = area + next;
      const largest = Math.max(next, row.length ? row[0].t * scale : next);
      const ratio = Math.max((side * side * largest) / (sum * sum), (sum * sum) / (side * side * next));
      if (row.length > 0 && ratio > worst) break;
      row.push(items[index]); area = sum; worst = ratio; index += 1;
    }
    const depth = area / side;
    let at = 0;
    for (const node of row) {
      const length = (node.t * scale) / depth;
      placed.push(width >= height
        ? { node, x, y: y + at, width: depth, height: length }
        : { node, x: x + at, y, width: length, height: depth });
      at += length;
    }
    if (width >= height) { x += depth; width -= depth; } else { y += depth; height -= depth; }
  }
  return placed;
}

function box(kind, place) {
  const element = document.createElement("div");
  element.className = kind;
  element.style.left = place.x + "px";
  element.style.top = place.y + "px";
  element.style.width = Math.max(0, place.width - GAP) + "px";
  element.style.height = Math.max(0, place.height - GAP) + "px";
  return element;
}

function draw(node, parents, x, y, width, height, into) {
  for (const place of squarify(node.k || [], x, y, width, height)) {
    if (place.width < LEAST || place.height < LEAST) continue;
    const own = [...parents, place.node];
    const isFolder = place.node.k !== undefined;
    const opens = isFolder && place.width > 40 && place.height > 34;
    const element = box(isFolder ? "folder" : "file", place);
    if (!isFolder || !opens) element.style.background = colour(((place.node.s || 0) / MOST) * 0.8);
    if (isFolder && !opens) element.classList.add("shut");
    if (place.node.c && !isFolder) element.classList.add("critical");
    if (place.width > 26 && place.height > 14) element.textContent = place.node.n;
    if (isFolder) {
      element.tabIndex = 0;
      element.setAttribute("role", "button");
      element.setAttribute("aria-label", "open " + own.slice(1).map((part) => part.n).join("/"));
      element.addEventListener("click", (event) => { event.stopPropagation(); go(own); });
      element.addEventListener("keydown", (event) => { if (event.key === "Enter") go(own); });
    }
    element.addEventListener("mousemove", (event) => { event.stopPropagation(); show(event, own); });
    element.node = place.node;
    element.where = own.slice(1).map((part) => part.n).join("/");
    into.append(element);
    if (opens) draw(place.node, own, place.x + 2, place.y + HEAD, place.width - GAP - 4, place.height - HEAD - GAP - 2, into);
  }
}

function show(event, own) {
  const node = own[own.length - 1];
  tip.textContent = "";
  const name = document.createElement("strong");
  name.textContent = own.slice(1).map((part) => part.n).join("/");
  const lines = [count(node.t) + " tokens" + (node.k ? " in " + count(node.f) + " files" : "")];
  if (node.m) lines.push("module " + node.m);
  if (node.s) lines.push("criticality " + (node.k ? "up to " : "") + node.s.toFixed(2) + (node.c ? (node.k ? ", with critical modules" : ", critical") : ""));
  if (node.w) lines.push(node.w);
  if (node.e) lines.push("a program starts here: " + node.e);
  tip.append(name, ...lines.map((line) => { const row = document.createElement("div"); row.textContent = line; return row; }));
  tip.hidden = false;
  const [width, height] = [tip.offsetWidth, tip.offsetHeight];
  tip.style.left = Math.max(4, Math.min(event.clientX + 14, innerWidth - width - 8)) + "px";
  tip.style.top = (event.clientY + 18 + height > innerHeight ? Math.max(4, event.clientY - height - 12) : event.clientY + 18) + "px";
}

function go(to) { path = to; tip.hidden = true; render(); }

function search() {
  const words = find.value.trim().toLowerCase();
  map.classList.toggle("searching", words !== "");
  for (const element of map.querySelectorAll(".file")) {
    const text = (element.where + " " + (element.node.m || "")).toLowerCase();
    element.classList.toggle("found", words !== "" && text.includes(words));
  }
}

function render() {
  map.textContent = "";
  trail.textContent = "";
  path.forEach((node, index) => {
    const button = document.createElement("button");
    button.textContent = (index === 0 ? "all" : node.n) + (index < path.length - 1 ? " /" : "");
    button.disabled = index === path.length - 1;
    button.addEventListener("click", () => go(path.slice(0, index + 1)));
    trail.append(button);
  });
  const pieces = document.createDocumentFragment();
  draw(path[path.length - 1], path, 0, 0, map.clientWidth + GAP, map.clientHeight + GAP, pieces);
  map.append(pieces);
  search();
}

let waiting = 0;
addEventListener("resize", () => { cancelAnimationFrame(waiting); waiting = requestAnimationFrame(render); });
addEventListener("keydown", (event) => { if (event.key === "Escape" && path.length > 1) go(path.slice(0, -1)); });
map.addEventListener("mouseleave", () => { tip.hidden = true; });
find.addEventListener("input", search);
render();
`;
