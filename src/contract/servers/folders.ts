/** Whether a path stands in one of the folders; in any, where none is named. Pure. */
export function isWithin(path: string, folders: readonly string[]): boolean {
  if (folders.length === 0) return true;
  return folders.some((folder) => {
    const plain = folder.replace(/^\.\/?/, "").replace(/\/+$/, "");
    return plain === "" || path === plain || path.startsWith(`${plain}/`);
  });
}
