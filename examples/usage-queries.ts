// The guide, "Throttle Events": its two queries, as written, on the store (`allot config` says where it is). In a shell:
//   sqlite3 ~/.allot/allot.db "SELECT * FROM throttle_events ORDER BY timestamp DESC LIMIT 10;"
import { homedir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

const home = process.env["ALLOT_HOME"] ?? join(homedir(), ".allot");
using database = new DatabaseSync(process.env["ALLOT_DB"] ?? join(home, "allot.db"), { readOnly: true });

// View recent throttle events
console.log(database.prepare("SELECT * FROM throttle_events ORDER BY timestamp DESC LIMIT 10").all());

// View usage history
const usage = database.prepare(`
  SELECT session_id, SUM(tokens_used) as total, SUM(cost) as total_cost
  FROM usage_history
  WHERE timestamp > datetime('now', '-1 day')
  GROUP BY session_id
`);
for (const row of usage.all()) console.log(`${row["session_id"]}: ${row["total"]} tokens, $${row["total_cost"]}`);
