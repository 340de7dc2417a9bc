/** A file of the map: its path and size. */
export interface MappedFile {
  readonly path: string;
  readonly bytes: number;
}

/**
 * The repository's files as an indented tree, at most `maxCharacters` long. Where it would be longer, the deepest and
 * fullest folders are shown as one line with their count and size, so that every file is at least counted. Pure; the
 * same files give the same text.
 */
export function treeMap(files: readonly MappedFile[], maxCharacters: number): string {
  const root = buildTree(files);
  for (let depth = maxDepth(root); ; depth--) {
    const text = render(root, depth).join("\n");
    if (text.length <= maxCharacters || depth <= 1) return text.slice(0, maxCharacters);
  }
}

interface Folder {
  readonly folders: Map<string, Folder>;
  readonly files: MappedFile[];
  count: number;
  bytes: number;
}

function buildTree(files: readonly MappedFile[]): Folder {
  const root = emptyFolder();
  for (const file of files) {
    let folder = root;
    for (const name of file.path.split("/").slice(0, -1)) {
      folder.count++;
      folder.bytes += file.bytes;
      const inner = folder.folders.get(name) ?? emptyFolder();
      folder.folders.set(name, inner);
      folder = inner;
    }
    folder.count++;
    folder.bytes += file.bytes;
    folder.files.push(file);
  }
  return root;
}

function emptyFolder(): Folder {
  return { folders: new Map(), files: [], count: 0, bytes: 0 };
}

function maxDepth(folder: Folder): number {
  return 1 + Math.max(0, ...[...folder.folders.values()].map(maxDepth));
}

function render(folder: Folder, depth: number, indent = ""): string[] {
  const lines: string[] = [];
  for (const [name, inner] of [...folder.folders].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (depth <= 1) lines.push(`${indent}${name}/ (${inner.count} files, ${kilobytes(inner.bytes)})`);
    else lines.push(`${indent}${name}/`, ...render(inner, depth - 1, `${indent}  `));
  }
  for (const { path, bytes } of folder.files.toSorted((a, b) => (a.path < b.path ? -1 : 1))) {
    lines.push(`${indent}${path.slice(path.lastIndexOf("/") + 1)} (${kilobytes(bytes)})`);
  }
  return lines;
}

function kilobytes(bytes: number): string {
  return bytes < 1_000 ? `${bytes} B` : `${(bytes / 1_000).toFixed(1)} kB`;
}
