/**
 * A to-do list: quick-add syntax, due dates and repetition, queries, text and CSV output, reminders and statistics.
 *
 * Everything stands in this one module; users import it from here.
 */
import { createHash } from "node:crypto";

export const VERSION = "1.0.0";

// ---------------------------------------------------------------------------------------------- errors

export class TodoError extends Error {
  constructor(message, field) {
    super(message);
    this.name = "TodoError";
    this.field = field;
  }
}

export class NotFound extends TodoError {
  constructor(id) {
    super(`there is no task ${id}`, "id");
    this.name = "NotFound";
    this.id = id;
  }
}

// ---------------------------------------------------------------------------------------------- dates

const DAY_MS = 86_400_000;

export const WEEKDAYS = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/** Midnight in UTC of the day that an instant falls on. */
export function startOfDay(date) {
  return new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()));
}

export function addDays(date, days) {
  return new Date(date.getTime() + days * DAY_MS);
}

/** The same day some months on; the month's last day where that day does not exist. */
export function addMonths(date, months) {
  const first = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months, 1));
  const last = daysInMonth(first.getUTCFullYear(), first.getUTCMonth());
  first.setUTCDate(Math.min(date.getUTCDate(), last));
  return first;
}

export function daysInMonth(year, month) {
  return new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
}

export function daysBetween(from, to) {
  return Math.round((startOfDay(to) - startOfDay(from)) / DAY_MS);
}

export function formatDay(date) {
  return date.toISOString().slice(0, 10);
}

/** `2026-03-01`, `1 mar`, `mar 1`, `today`, `tomorrow`, `friday`, `next friday`, `in 3 days`, `in 2 weeks`. */
export function parseDay(text, now) {
  const words = text.trim().toLowerCase().split(/\s+/);
  const today = startOfDay(now);
  const exact = /^(\d{4})-(\d{2})-(\d{2})$/.exec(words[0]);
  if (exact) return checkedDay(Number(exact[1]), Number(exact[2]) - 1, Number(exact[3]));
  if (words[0] === "today") return today;
  if (words[0] === "tomorrow") return addDays(today, 1);
  if (words[0] === "in") return parseDistance(words.slice(1), today);
  const weekday = parseWeekday(words, today);
  if (weekday) return weekday;
  return parseMonthDay(words, today);
}

function checkedDay(year, month, day) {
  if (month > 11 || month < 0 || day < 1 || day > daysInMonth(year, month)) {
    throw new TodoError(`no such day: ${year}-${month + 1}-${day}`, "due");
  }
  return new Date(Date.UTC(year, month, day));
}

function parseDistance(words, today) {
  const count = Number(words[0]);
  if (!Number.isInteger(count) || count < 0) throw new TodoError(`not a number of days: ${words[0]}`, "due");
  const unit = (words[1] ?? "days").replace(/s$/, "");
  if (unit === "day") return addDays(today, count);
  if (unit === "week") return addDays(today, 7 * count);
  if (unit === "month") return addMonths(today, count);
  throw new TodoError(`not a unit of time: ${words[1]}`, "due");
}

function parseWeekday(words, today) {
  const next = words[0] === "next";
  const index = WEEKDAYS.indexOf(next ? words[1] : words[0]);
  if (index < 0) return undefined;
  const ahead = (index - today.getUTCDay() + 7) % 7 || 7;
  return addDays(today, next && ahead < 7 ? ahead + 7 : ahead);
}

function parseMonthDay(words, today) {
  const [day, month] = /^\d+$/.test(words[0]) ? [words[0], words[1]] : [words[1], words[0]];
  const index = MONTHS.indexOf((month ?? "").slice(0, 3));
  if (index < 0) throw new TodoError(`not a day: ${words.join(" ")}`, "due");
  const thisYear = checkedDay(today.getUTCFullYear(), index, Number(day));
  return thisYear < today ? checkedDay(today.getUTCFullYear() + 1, index, Number(day)) : thisYear;
}

// ---------------------------------------------------------------------------------------------- repetition

export const REPEATS = ["daily", "weekly", "monthly", "workdays"];

/** The next due day of a repeating task, strictly after `after`. */
export function nextDue(repeat, due, after) {
  let next = due;
  while (next <= after) next = stepRepeat(repeat, next, due);
  return next;
}

function stepRepeat(repeat, day, anchor) {
  switch (repeat) {
    case "daily":
      return addDays(day, 1);
    case "weekly":
      return addDays(day, 7);
    case "workdays":
      return nextWorkday(day);
    case "monthly":
      return monthAfter(day, anchor);
    default:
      throw new TodoError(`not a repetition: ${repeat}`, "repeat");
  }
}

function nextWorkday(day) {
  let next = addDays(day, 1);
  while (next.getUTCDay() === 0 || next.getUTCDay() === 6) next = addDays(next, 1);
  return next;
}

function monthAfter(day, anchor) {
  const months = (day.getUTCFullYear() - anchor.getUTCFullYear()) * 12 + day.getUTCMonth() - anchor.getUTCMonth();
  return addMonths(anchor, months + 1);
}

// ---------------------------------------------------------------------------------------------- quick add

export const PRIORITIES = ["low", "normal", "high", "urgent"];

const PRIORITY_MARKS = { "!": "high", "!!": "urgent", "?": "low" };

/** "Call Ann #home @phone ! due:tomorrow every:weekly" as a task's fields. */
export function parseQuickAdd(text, now) {
  const fields = { title: "", project: undefined, tags: [], priority: "normal", due: undefined, repeat: undefined };
  const words = [];
  for (const word of splitWords(text)) applyWord(fields, words, word, now);
  fields.title = words.join(" ");
  if (fields.title === "") throw new TodoError("a task needs a title", "title");
  if (fields.repeat && !fields.due) fields.due = startOfDay(now);
  return fields;
}

/** Words at spaces; `due:"next friday"` is one word. */
export function splitWords(text) {
  return [...text.matchAll(/[^\s"]*"[^"]*"|\S+/g)].map(([word]) => word);
}

function applyWord(fields, words, word, now) {
  if (word in PRIORITY_MARKS) fields.priority = PRIORITY_MARKS[word];
  else if (/^#[\w-]+$/.test(word)) fields.project = word.slice(1);
  else if (/^@[\w-]+$/.test(word)) fields.tags.push(word.slice(1));
  else if (word.startsWith("due:")) fields.due = parseDay(unquote(word.slice(4)), now);
  else if (word.startsWith("every:")) fields.repeat = checkedRepeat(unquote(word.slice(6)));
  else words.push(word);
}

function checkedRepeat(text) {
  if (!REPEATS.includes(text)) throw new TodoError(`not a repetition: ${text}; one of ${REPEATS.join(", ")}`, "repeat");
  return text;
}

function unquote(text) {
  return text.replace(/^"(.*)"$/, "$1");
}

/** The text that `parseQuickAdd` reads back as the same fields. */
export function toQuickAdd(task) {
  const mark = Object.keys(PRIORITY_MARKS).find((key) => PRIORITY_MARKS[key] === task.priority);
  return [
    task.title,
    task.project ? `#${task.project}` : "",
    ...task.tags.map((tag) => `@${tag}`),
    mark ?? "",
    task.due ? `due:${formatDay(task.due)}` : "",
    task.repeat ? `every:${task.repeat}` : "",
  ]
    .filter((part) => part !== "")
    .join(" ");
}

// ---------------------------------------------------------------------------------------------- queries

const OPERATORS = {
  project: (task, value) => task.project === value,
  tag: (task, value) => task.tags.includes(value),
  priority: (task, value) => task.priority === value,
  is: (task, value, now) => matchesState(task, value, now),
  before: (task, value, now) => task.due !== undefined && task.due < parseDay(value, now),
  after: (task, value, now) => task.due !== undefined && task.due > parseDay(value, now),
  text: (task, value) => task.title.toLowerCase().includes(value.toLowerCase()),
};

function matchesState(task, value, now) {
  if (value === "done") return task.done;
  if (value === "open") return !task.done;
  if (value === "overdue") return isOverdue(task, now);
  if (value === "repeating") return task.repeat !== undefined;
  throw new TodoError(`not a state: ${value}`, "query");
}

export function isOverdue(task, now) {
  return !task.done && task.due !== undefined && task.due < startOfDay(now);
}

/** "project:home -tag:phone is:open milk" as a function of a task; every term must hold, "-" turns one round. */
export function compileQuery(text, now) {
  const terms = splitWords(text).map((word) => compileTerm(word, now));
  return (task) => terms.every((term) => term(task));
}

function compileTerm(word, now) {
  if (word.startsWith("-") && word.length > 1) {
    const inner = compileTerm(word.slice(1), now);
    return (task) => !inner(task);
  }
  const colon = word.indexOf(":");
  const [name, value] = colon < 0 ? ["text", word] : [word.slice(0, colon), word.slice(colon + 1)];
  const operator = OPERATORS[name];
  if (!operator) throw new TodoError(`not a query term: ${name}; one of ${Object.keys(OPERATORS).join(", ")}`, "query");
  return (task) => operator(task, unquote(value), now);
}

const COMPARATORS = {
  due: (a, b) => (a.due?.getTime() ?? Infinity) - (b.due?.getTime() ?? Infinity) || 0,
  priority: (a, b) => PRIORITIES.indexOf(b.priority) - PRIORITIES.indexOf(a.priority),
  title: (a, b) => a.title.localeCompare(b.title),
  created: (a, b) => a.created - b.created,
};

/** Tasks in the order of `keys`, the first key first; "-due" turns one round. Stable. */
export function sortTasks(tasks, keys = ["due", "priority", "title"]) {
  const comparators = keys.map((key) => comparatorOf(key));
  return [...tasks].sort((a, b) => {
    for (const compare of comparators) {
      const order = compare(a, b);
      if (order !== 0 && !Number.isNaN(order)) return order;
    }
    return 0;
  });
}

function comparatorOf(key) {
  const name = key.replace(/^-/, "");
  const compare = COMPARATORS[name];
  if (!compare) throw new TodoError(`not a sort key: ${key}; one of ${Object.keys(COMPARATORS).join(", ")}`, "sort");
  return key.startsWith("-") ? (a, b) => compare(b, a) : compare;
}

export function groupBy(tasks, field) {
  const groups = new Map();
  for (const task of tasks) {
    const key = task[field] ?? "";
    const group = groups.get(key);
    if (group) group.push(task);
    else groups.set(key, [task]);
  }
  return groups;
}

// ---------------------------------------------------------------------------------------------- text output

const MARKS = { low: "·", normal: " ", high: "!", urgent: "‼" };

export function renderTask(task, now) {
  const box = task.done ? "[x]" : "[ ]";
  const due = task.due ? ` (${renderDue(task.due, now)})` : "";
  const tags = task.tags.map((tag) => ` @${tag}`).join("");
  return `${box} ${MARKS[task.priority]} ${task.title}${tags}${due}`;
}

export function renderDue(due, now) {
  const days = daysBetween(now, due);
  if (days === 0) return "today";
  if (days === 1) return "tomorrow";
  if (days === -1) return "yesterday";
  if (days < 0) return `${-days} days late`;
  if (days < 7) return WEEKDAYS[due.getUTCDay()];
  return formatDay(due);
}

/** The list under project headings, open tasks first. */
export function renderList(tasks, now) {
  const lines = [];
  const groups = groupBy(sortTasks(tasks), "project");
  for (const [project, group] of [...groups].sort(([a], [b]) => a.localeCompare(b))) {
    lines.push(project === "" ? "Inbox" : `#${project}`);
    for (const task of group.filter(({ done }) => !done)) lines.push(`  ${renderTask(task, now)}`);
    for (const task of group.filter(({ done }) => done)) lines.push(`  ${renderTask(task, now)}`);
  }
  return lines.join("\n");
}

/** Columns padded to their widest cell. */
export function renderTable(rows) {
  const widths = [];
  for (const row of rows) row.forEach((cell, index) => (widths[index] = Math.max(widths[index] ?? 0, String(cell).length)));
  return rows.map((row) => row.map((cell, index) => String(cell).padEnd(widths[index])).join("  ").trimEnd()).join("\n");
}

// ---------------------------------------------------------------------------------------------- CSV

const COLUMNS = ["id", "title", "project", "tags", "priority", "due", "repeat", "done"];

export function toCsv(tasks) {
  const rows = tasks.map((task) => COLUMNS.map((column) => csvCell(csvValue(task, column))).join(","));
  return [COLUMNS.join(","), ...rows].join("\n") + "\n";
}

function csvValue(task, column) {
  if (column === "tags") return task.tags.join(" ");
  if (column === "due") return task.due ? formatDay(task.due) : "";
  return String(task[column] ?? "");
}

function csvCell(text) {
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function fromCsv(text) {
  const [header, ...rows] = parseCsv(text);
  if (!header || header.join(",") !== COLUMNS.join(",")) {
    throw new TodoError(`the first line must be ${COLUMNS.join(",")}`, "csv");
  }
  return rows.map((row) => taskFromCells(Object.fromEntries(COLUMNS.map((column, index) => [column, row[index] ?? ""]))));
}

function taskFromCells(cells) {
  return {
    id: cells.id,
    title: cells.title,
    project: cells.project || undefined,
    tags: cells.tags.split(" ").filter((tag) => tag !== ""),
    priority: cells.priority,
    due: cells.due ? new Date(`${cells.due}T00:00:00Z`) : undefined,
    repeat: cells.repeat || undefined,
    done: cells.done === "true",
  };
}

/** Rows of cells; quoted cells may hold commas, quotes and line breaks. */
export function parseCsv(text) {
  const rows = [];
  let row = [];
  let cell = "";
  let quoted = false;
  for (let index = 0; index < text.length; index++) {
    const character = text[index];
    if (quoted && character === '"' && text[index + 1] === '"') {
      cell += '"';
      index++;
    } else if (character === '"') quoted = !quoted;
    else if (!quoted && character === ",") {
      row.push(cell);
      cell = "";
    } else if (!quoted && character === "\n") {
      row.push(cell);
      rows.push(row);
      row = [];
      cell = "";
    } else cell += character;
  }
  if (cell !== "" || row.length > 0) rows.push([...row, cell]);
  return rows;
}

// ---------------------------------------------------------------------------------------------- reminders

/** When to remind of a task: the evening before, and in the morning of its day. */
export function remindersOf(task) {
  if (task.done || !task.due) return [];
  const morning = new Date(task.due.getTime() + 8 * 3_600_000);
  const evening = new Date(task.due.getTime() - 6 * 3_600_000);
  return task.priority === "low" ? [morning] : [evening, morning];
}

export function dueReminders(tasks, from, to) {
  return tasks
    .flatMap((task) => remindersOf(task).map((at) => ({ task, at })))
    .filter(({ at }) => at > from && at <= to)
    .sort((a, b) => a.at - b.at);
}

export function renderReminder({ task, at }) {
  return `${at.toISOString().slice(0, 16).replace("T", " ")}  ${task.title}`;
}

// ---------------------------------------------------------------------------------------------- statistics

export function statistics(tasks, now) {
  const open = tasks.filter(({ done }) => !done);
  return {
    total: tasks.length,
    open: open.length,
    done: tasks.length - open.length,
    overdue: open.filter((task) => isOverdue(task, now)).length,
    byPriority: Object.fromEntries(PRIORITIES.map((priority) => [priority, open.filter((task) => task.priority === priority).length])),
    byProject: Object.fromEntries([...groupBy(open, "project")].map(([project, group]) => [project || "inbox", group.length])),
  };
}

/** Finished tasks of each of the last `days` days, oldest first. */
export function burndown(tasks, now, days = 7) {
  const today = startOfDay(now);
  return Array.from({ length: days }, (_, index) => {
    const day = addDays(today, index - days + 1);
    const count = tasks.filter(({ finished }) => finished && startOfDay(finished).getTime() === day.getTime()).length;
    return { day: formatDay(day), count };
  });
}

/** How many days in a row, up to today, something was finished. */
export function streak(tasks, now) {
  const days = new Set(tasks.filter(({ finished }) => finished).map(({ finished }) => formatDay(finished)));
  let length = 0;
  for (let day = startOfDay(now); days.has(formatDay(day)); day = addDays(day, -1)) length++;
  return length;
}

export function renderStatistics(summary) {
  const rows = [
    ["open", summary.open],
    ["done", summary.done],
    ["overdue", summary.overdue],
    ...Object.entries(summary.byProject).map(([project, count]) => [`#${project}`, count]),
  ];
  return renderTable(rows);
}

// ---------------------------------------------------------------------------------------------- the list

let defaultList;

/** The list that a program shares where it does not make its own. */
export function sharedList() {
  defaultList ??= new TodoList();
  return defaultList;
}

export function resetSharedList() {
  defaultList = undefined;
}

export function taskId(title, created) {
  return createHash("sha256").update(`${created.toISOString()} ${title}`).digest("hex").slice(0, 8);
}

export class TodoList {
  #tasks = new Map();
  #listeners = new Set();

  /** Adds a task in the quick-add syntax; answers it. */
  add(text, now = new Date()) {
    const fields = parseQuickAdd(text, now);
    const task = { id: taskId(fields.title, now), ...fields, done: false, created: now, finished: undefined };
    this.#tasks.set(task.id, task);
    this.#tell("added", task);
    return task;
  }

  get(id) {
    const task = this.#tasks.get(id);
    if (!task) throw new NotFound(id);
    return task;
  }

  /** Marks a task as done; a repeating one is moved to its next day instead, and the finished one is kept beside it. */
  finish(id, now = new Date()) {
    const task = this.get(id);
    if (task.repeat && task.due) return this.#repeat(task, now);
    task.done = true;
    task.finished = now;
    this.#tell("finished", task);
    return task;
  }

  #repeat(task, now) {
    const finished = { ...task, id: `${task.id}-${formatDay(task.due)}`, done: true, finished: now, repeat: undefined };
    this.#tasks.set(finished.id, finished);
    task.due = nextDue(task.repeat, task.due, startOfDay(now));
    this.#tell("repeated", task);
    return task;
  }

  reopen(id) {
    const task = this.get(id);
    task.done = false;
    task.finished = undefined;
    this.#tell("reopened", task);
    return task;
  }

  edit(id, text, now = new Date()) {
    const task = this.get(id);
    Object.assign(task, parseQuickAdd(text, now));
    this.#tell("edited", task);
    return task;
  }

  remove(id) {
    const task = this.get(id);
    this.#tasks.delete(id);
    this.#tell("removed", task);
    return task;
  }

  find(query = "is:open", now = new Date()) {
    return sortTasks([...this.#tasks.values()].filter(compileQuery(query, now)));
  }

  all() {
    return [...this.#tasks.values()];
  }

  /** Calls `listener(event, task)` after every change; answers a function that ends it. */
  listen(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tell(event, task) {
    for (const listener of this.#listeners) listener(event, task);
  }

  exportCsv() {
    return toCsv(this.all());
  }

  importCsv(text, now = new Date()) {
    const tasks = fromCsv(text);
    for (const task of tasks) this.#tasks.set(task.id, { created: now, finished: undefined, ...task });
    return tasks.length;
  }

  render(now = new Date()) {
    return renderList(this.all(), now);
  }

  summary(now = new Date()) {
    return renderStatistics(statistics(this.all(), now));
  }
}
