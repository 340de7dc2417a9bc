import assert from "node:assert/strict";
import { test } from "node:test";
import * as todo from "../src/todo.js";

const NOW = new Date("2026-03-04T10:30:00Z"); // a Wednesday
const day = (text) => todo.formatDay(todo.parseDay(text, NOW));

test("days are read in the ways people write them", () => {
  assert.equal(day("today"), "2026-03-04");
  assert.equal(day("tomorrow"), "2026-03-05");
  assert.equal(day("friday"), "2026-03-06");
  assert.equal(day("next friday"), "2026-03-13");
  assert.equal(day("in 2 weeks"), "2026-03-18");
  assert.equal(day("1 feb"), "2027-02-01");
  assert.equal(day("mar 9"), "2026-03-09");
});

test("a day that does not exist is refused", () => {
  assert.throws(() => todo.parseDay("2026-02-30", NOW), { name: "TodoError", field: "due" });
});

test("a monthly task keeps its day at the end of short months", () => {
  const due = new Date("2026-01-31T00:00:00Z");
  assert.equal(todo.formatDay(todo.nextDue("monthly", due, due)), "2026-02-28");
  assert.equal(todo.formatDay(todo.nextDue("monthly", due, new Date("2026-02-28T00:00:00Z"))), "2026-03-31");
});

test("workdays skip the weekend", () => {
  const friday = new Date("2026-03-06T00:00:00Z");
  assert.equal(todo.formatDay(todo.nextDue("workdays", friday, friday)), "2026-03-09");
});

test("the quick-add syntax is read and written", () => {
  const task = todo.parseQuickAdd('Call Ann #home @phone !! due:"next friday" every:weekly', NOW);
  assert.equal(task.title, "Call Ann");
  assert.equal(task.project, "home");
  assert.deepEqual(task.tags, ["phone"]);
  assert.equal(task.priority, "urgent");
  assert.equal(todo.toQuickAdd(task), "Call Ann #home @phone !! due:2026-03-13 every:weekly");
});

test("a title is needed", () => {
  assert.throws(() => todo.parseQuickAdd("#home !", NOW), { field: "title" });
});

test("queries combine terms, and a minus turns one round", () => {
  const list = new todo.TodoList();
  list.add("Buy milk #home", NOW);
  list.add("Buy paper #work @office", NOW);
  list.add("Write report #work due:2026-03-01", NOW);
  const titles = (query) => list.find(query, NOW).map(({ title }) => title);
  assert.deepEqual(titles("project:work"), ["Write report", "Buy paper"]);
  assert.deepEqual(titles("buy -project:home"), ["Buy paper"]);
  assert.deepEqual(titles("is:overdue"), ["Write report"]);
  assert.throws(() => titles("colour:red"), /not a query term: colour/);
});

test("sorting is by due day, then priority, then title", () => {
  const list = new todo.TodoList();
  for (const text of ["b", "a", "c !", "d due:tomorrow"]) list.add(text, NOW);
  assert.deepEqual(list.find("is:open", NOW).map(({ title }) => title), ["d", "c", "a", "b"]);
});

test("a repeating task moves on and leaves a finished one behind", () => {
  const list = new todo.TodoList();
  const task = list.add("Water plants due:today every:weekly", NOW);
  list.finish(task.id, NOW);
  assert.equal(todo.formatDay(list.get(task.id).due), "2026-03-11");
  assert.equal(list.find("is:done", NOW).length, 1);
});

test("a list is rendered under its projects", () => {
  const list = new todo.TodoList();
  list.add("Buy milk #home ! due:tomorrow", NOW);
  const done = list.add("Read mail", NOW);
  list.finish(done.id, NOW);
  assert.equal(list.render(NOW), "Inbox\n  [x]   Read mail\n#home\n  [ ] ! Buy milk (tomorrow)");
});

test("CSV goes out and comes back", () => {
  const list = new todo.TodoList();
  list.add('Say "hi", then go @a @b', NOW);
  list.add("Pay #home due:2026-04-01", NOW);
  const copy = new todo.TodoList();
  assert.equal(copy.importCsv(list.exportCsv(), NOW), 2);
  assert.equal(copy.exportCsv(), list.exportCsv());
  assert.throws(() => todo.fromCsv("a,b\n"), { field: "csv" });
});

test("reminders come the evening before and in the morning", () => {
  const task = todo.parseQuickAdd("Pay due:2026-03-05", NOW);
  const due = todo.dueReminders([{ ...task, done: false }], NOW, new Date("2026-03-05T23:00:00Z"));
  assert.deepEqual(due.map(todo.renderReminder), ["2026-03-04 18:00  Pay", "2026-03-05 08:00  Pay"]);
});

test("statistics, burndown and streak count finished tasks", () => {
  const list = new todo.TodoList();
  for (const [title, at] of [["a", "2026-03-02"], ["b", "2026-03-03"], ["c", "2026-03-04"]]) {
    const task = list.add(title, new Date(`${at}T08:00:00Z`));
    list.finish(task.id, new Date(`${at}T09:00:00Z`));
  }
  list.add("d #home due:2026-03-01", NOW);
  assert.equal(todo.streak(list.all(), NOW), 3);
  assert.deepEqual(todo.burndown(list.all(), NOW, 2), [
    { day: "2026-03-03", count: 1 },
    { day: "2026-03-04", count: 1 },
  ]);
  assert.equal(list.summary(NOW), "open     1\ndone     3\noverdue  1\n#home    1");
});

test("listeners hear of every change until they leave", () => {
  const list = new todo.TodoList();
  const heard = [];
  const leave = list.listen((event, task) => heard.push(`${event} ${task.title}`));
  const task = list.add("a", NOW);
  list.finish(task.id, NOW);
  leave();
  list.remove(task.id);
  assert.deepEqual(heard, ["added a", "finished a"]);
  assert.throws(() => list.get(task.id), todo.NotFound);
});

test("the shared list is one and the same until it is reset", () => {
  todo.resetSharedList();
  const list = todo.sharedList();
  assert.equal(todo.sharedList(), list);
  todo.resetSharedList();
  assert.notEqual(todo.sharedList(), list);
  todo.resetSharedList();
});

test("a table pads its columns", () => {
  assert.equal(todo.renderTable([["a", 1], ["bbb", 22]]), "a    1\nbbb  22");
});
