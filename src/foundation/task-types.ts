/** What a task can be, in the order of the guide's table (seeds 004). Here, because configuration and routing both read it. */
export const TASK_TYPES = [
  "ui",
  "coding",
  "testing",
  "debugging",
  "documentation",
  "research",
  "analysis",
  "automation",
] as const;
