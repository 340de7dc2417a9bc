import { isSideRequest, sideAnswer } from "../clients/player.ts";
import type { ScriptedAnswer, ScriptedToolCall, SeenRequest, SeenTool } from "./scripted-provider/script.ts";

/** The seeds' first example: a blog with CRUD, what its parts agree on, and what agents deliver for it round by round. */
export const BLOG_CONTRACT = `# API contract: blog

## Posts

| Method | Path | What |
|---|---|---|
| GET | /api/posts/ | all posts |
| POST | /api/posts/ | a new post |
| GET | /api/posts/{id}/ | one post |
| DELETE | /api/posts/{id}/ | deletes it |

## Comments

| Method | Path | What |
|---|---|---|
| GET | /api/posts/{id}/comments/ | the comments of a post |
| POST | /api/posts/{id}/comments/ | a new comment |
`;

const MAIN = `from fastapi import FastAPI

from routers import comments, posts

app = FastAPI()
app.include_router(posts.router, prefix="/api/posts")
app.include_router(comments.router, prefix="/api/posts")
`;

const POSTS = `from fastapi import APIRouter

router = APIRouter()
POSTS = {}


@router.get("/")
def list_posts():
    return list(POSTS.values())


@router.post("/")
def create_post(post: dict):
    POSTS[len(POSTS) + 1] = post
    return post


@router.get("/{id}/")
def read_post(id: int):
    return POSTS[id]


@router.delete("/{id}/")
def delete_post(id: int):
    return POSTS.pop(id)
`;

const WRITES_COMMENTS = `from fastapi import APIRouter

router = APIRouter()
COMMENTS = {}


@router.post("/{id}/comments/")
def create_comment(id: int, comment: dict):
    COMMENTS.setdefault(id, []).append(comment)
    return comment
`;

const READS_COMMENTS = `${WRITES_COMMENTS}

@router.get("/{id}/comments/")
def list_comments(id: int):
    return COMMENTS.get(id, [])
`;

const CLIENT = `export async function listPosts() {
  const response = await fetch("/api/posts/");
  return response.json();
}

export async function readPost(id) {
  const response = await fetch("/api/posts/" + id + "/");
  return response.json();
}

export async function listComments(id) {
  const response = await fetch(\`/api/posts/\${id}/comments/\`);
  return response.json();
}

export async function addComment(id, comment) {
  const response = await fetch(\`/api/posts/\${id}/comments/\`, { method: "POST", body: JSON.stringify(comment) });
  return response.json();
}
`;

type Files = Readonly<Record<string, string>>;

/** A back end that lacks `GET /api/posts/{id}/comments/`. */
export const INCOMPLETE_BACKEND: Files = {
  "backend/main.py": MAIN,
  "backend/routers/__init__.py": "",
  "backend/routers/posts.py": POSTS,
  "backend/routers/comments.py": WRITES_COMMENTS,
};
export const MENDED_BACKEND: Files = { "backend/routers/comments.py": READS_COMMENTS };
/** Changes something, and mends nothing. */
export const UNMENDED_BACKEND: Files = { "backend/routers/comments.py": `${WRITES_COMMENTS}\n# looked at again\n` };
export const FRONTEND: Files = { "frontend/src/api.js": CLIENT };

/** What the agent of each component writes in each round; a round that is missing writes nothing. */
export type BlogRounds = Readonly<Record<string, readonly Files[]>>;

export interface BlogTeam {
  readonly script: (seen: SeenRequest) => ScriptedAnswer;
  /** The prompts that each component's sessions were given, in order: [component, prompt]. */
  readonly prompts: (readonly [string, string])[];
}

/** Plays the models of all agents: a round is a prompt, answered with the round's files and then with a word. */
export function blogTeam(rounds: BlogRounds, options: { readonly delayMs?: number } = {}): BlogTeam {
  const prompts: (readonly [string, string])[] = [];
  const done = new Map<string, number>();
  return {
    prompts,
    script(seen) {
      if (isSideRequest(seen)) return { text: sideAnswer(seen) };
      const said = seen.messages
        .filter(({ role, text }) => role === "user" && text.trim() !== "")
        .map(({ text }) => text);
      const name = /# Mini-Task \d+: (?:Component )?([\w-]+)/.exec(said.join("\n"))?.[1] ?? "";
      if (seen.messages.at(-1)?.role === "tool" || seen.toolResults.length > 0) return { text: `Wrote ${name}.` };
      // Real programs say things of their own around it.
      const asked = said.findLast((text) => /# Mini-Task|refused|put together/.test(text)) ?? said.at(-1) ?? "";
      // A round that was interrupted before it was answered is done again.
      const isAgain = asked.includes("You were interrupted");
      const round = Math.max(0, (done.get(name) ?? 0) - (isAgain ? 1 : 0));
      done.set(name, round + 1);
      prompts.push([name, asked]);
      const files = rounds[name]?.[round] ?? {};
      const usage = { inputTokens: 1_000, outputTokens: 200 };
      if (Object.keys(files).length === 0) return { text: "Nothing to do.", usage };
      return {
        text: "I write.",
        usage,
        ...(options.delayMs === undefined ? {} : { delayMs: options.delayMs }),
        toolCalls: Object.entries(files).map(([path, content]) => writing(seen, path, content)),
      };
    },
  };
}

/** Writes a file with whatever tool the request offers, under the names of stand-ins and of the real programs. */
function writing({ tools }: SeenRequest, path: string, content: string): ScriptedToolCall {
  const has = (name: string): SeenTool | undefined => tools.find((tool) => tool.name === name);
  if (has("write_file") !== undefined) return { name: "write_file", input: { path, content } };
  if (has("Write") !== undefined) return { name: "Write", input: { file_path: path, content } };
  const folder = path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : ".";
  const command = `mkdir -p '${folder}' && cat > '${path}' <<'END_OF_FILE'\n${content}END_OF_FILE`;
  if (has("exec_command") !== undefined) return { name: "exec_command", input: { cmd: command } };
  const script = has("exec");
  // Newer models of Codex have one tool, which takes a program.
  if (script?.custom === true) {
    const input = `text(await tools.exec_command({ cmd: ${JSON.stringify(command)} }));`;
    return {
      name: "exec",
      input,
      custom: true,
      ...(script.namespace === undefined ? {} : { namespace: script.namespace }),
    };
  }
  return { name: "shell", input: { command: ["bash", "-lc", command] } };
}
