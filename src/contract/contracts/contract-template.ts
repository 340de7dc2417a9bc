/**
 * The text of a new contract in Markdown, to be filled in: conventions, endpoints, shapes, errors. It is a valid contract as it
 * stands, with one resource as an example; what explains it stands in comments, which are not read.
 */
export function contractTemplate(title: string, base = "/api/v1"): string {
  return `# API contract: ${title}

<!--
One file says what the back end serves and the front end calls. Each side is built from it alone, so it holds everything
that both must agree on, and nothing else. Replace the example resource by your own.

An endpoint is a method and a path: a row of a table, a heading (### GET /items), a list item or a line of a code block.
A path parameter is written {name}; its name is part of the contract. To take an endpoint out, delete it or strike it out.
-->

Base URL: \`${base}\`

## Conventions

- Bodies are JSON in UTF-8; names of fields are in camelCase.
- Instants are ISO 8601 in UTC (\`2030-01-31T12:00:00Z\`); money is a whole number of the smallest unit.
- Identifiers are strings; clients never build or read them.
- Authentication: \`Authorization: Bearer <token>\`, unless an endpoint says "public".
- Lists take \`limit\` (1 to 100, default 20) and \`cursor\`, and answer \`{ "items": [...], "nextCursor": string | null }\`.
- \`PUT\` replaces the whole, \`PATCH\` changes the fields that are given; an unknown field is an error.
- Trailing slashes: none.

## Endpoints

### Items

| Method | Path | Purpose | Auth | Body | Answer |
|--------|------|---------|------|------|--------|
| GET | \`/items\` | list, newest first; query \`search\`, \`limit\`, \`cursor\` | user | - | 200 list of Item |
| POST | \`/items\` | create one | user | NewItem | 201 Item |
| GET | \`/items/{itemId}\` | read one | user | - | 200 Item |
| PATCH | \`/items/{itemId}\` | change fields | owner | part of NewItem | 200 Item |
| DELETE | \`/items/{itemId}\` | remove one | owner | - | 204 |

<!--
What a row cannot hold gets a section of its own:

### POST /items/{itemId}/publish

What it does, what must be true before, what it answers, which errors it has, whether it may be repeated.
-->

## Shapes

### Item

| Field | Type | Notes |
|-------|------|-------|
| id | string | |
| title | string | 1 to 200 characters |
| ownerId | string | set by the server |
| createdAt | instant | set by the server |

### NewItem

| Field | Type | Notes |
|-------|------|-------|
| title | string | required |

## Errors

Every answer from 400 on has this body; \`code\` is stable, \`message\` is for people:

\`\`\`json
{ "error": { "code": "not_found", "message": "There is no item abc.", "fields": { "title": "is required" } } }
\`\`\`

| Status | code | When |
|--------|------|------|
| 400 | invalid | the request cannot be read, or a field is wrong (\`fields\` says which) |
| 401 | unauthenticated | no token, or it is not valid any more |
| 403 | forbidden | the token's user may not do this |
| 404 | not_found | there is no such thing, or the user may not know of it |
| 409 | conflict | the state has changed since it was read |
| 429 | too_many | too many requests; \`Retry-After\` says when to ask again |
| 500 | internal | a fault of the server |
`;
}
