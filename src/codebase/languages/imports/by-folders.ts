import { type Files, folderOf, joined, nameOf, nearest, upwards } from "./files.ts";
import { asRecord, lenientJson, strings } from "./lenient-json.ts";

type Resolve = (from: string, specifier: string) => string | undefined;

/** Java: the file whose folders are the package; of an inner class or a static member the class that holds it; of "package.*" its first file. */
export function openJavaImports(files: Files): Resolve {
  return (from, specifier) => {
    const parts = specifier.replace(/\.\*$/, "").split(".");
    for (let count = parts.length; count >= 1; count -= 1) {
      const found = nearest(from, files.endingIn(`${parts.slice(0, count).join("/")}.java`));
      // A class of a single part would match any file of that name.
      if (found !== undefined && (count > 1 || found === `${parts[0]}.java`)) return found;
    }
    if (!specifier.endsWith(".*")) return undefined;
    const end = parts.join("/");
    return files.paths.find(
      (path) => path.endsWith(".java") && (folderOf(path) === end || folderOf(path).endsWith(`/${end}`)),
    );
  };
}

/** C#: the first file of the folder that lies as the namespace says, below a project of that name or anywhere. */
export function openCsharpImports(files: Files): Resolve {
  const folders = new Map<string, string>();
  const projects = files.paths.filter((path) => path.endsWith(".csproj"));
  for (const path of files.paths)
    if (path.endsWith(".cs") && !folders.has(folderOf(path))) folders.set(folderOf(path), path);
  const known = new Map<string, string | undefined>();
  return (_from, namespace) => {
    if (known.has(namespace)) return known.get(namespace);
    const end = namespace.replaceAll(".", "/");
    const inProject = projects.flatMap((project) => {
      const name = nameOf(project).replace(/\.csproj$/, "");
      if (namespace !== name && !namespace.startsWith(`${name}.`)) return [];
      return joined(folderOf(project), namespace.slice(name.length).replaceAll(".", "/")) ?? [];
    });
    const anywhere = [...folders.keys()].filter((folder) => {
      const path = folder.replaceAll(".", "/");
      return path === end || path.endsWith(`/${end}`);
    });
    const found = [...inProject, ...anywhere].map((folder) => folders.get(folder)).find((path) => path !== undefined);
    known.set(namespace, found);
    return found;
  };
}

/** Ruby: relative to the file, else below a `lib`, `app` or test folder, else at the root. */
export function openRubyImports(files: Files): Resolve {
  return (from, specifier) => {
    const name = /\.(?:rb|so)$/.test(specifier) ? specifier : `${specifier}.rb`;
    if (/^\.{1,2}\//.test(specifier)) return known(files, joined(folderOf(from), name));
    const custom = files.endingIn(name).filter((path) => {
      const folder = path.slice(0, Math.max(0, path.length - name.length - 1));
      return folder === "" || /(?:^|\/)(?:lib|app|app\/[^/]+|spec|test)$/.test(folder);
    });
    return nearest(from, custom);
  };
}

/** PHP: classes by the psr-4 and psr-0 tables of composer.json, else the only file whose end fits; includes relative to the file or the root. */
export function openPhpImports(files: Files): Resolve {
  const rules = files
    .named("composer.json")
    .flatMap((path) => {
      const manifest = lenientJson(files.read(path));
      return ["autoload", "autoload-dev"].flatMap((field) =>
        ["psr-4", "psr-0"].flatMap((kind) =>
          Object.entries(asRecord(asRecord(manifest[field])[kind])).flatMap(([prefix, folders]) =>
            strings(folders).flatMap((folder) => ({
              prefix,
              whole: kind === "psr-0",
              folder: joined(folderOf(path), folder) ?? "",
            })),
          ),
        ),
      );
    })
    .toSorted((one, other) => other.prefix.length - one.prefix.length);
  return (from, specifier) => {
    if (specifier.startsWith("./"))
      return known(files, joined(folderOf(from), specifier)) ?? known(files, joined("", specifier));
    for (const { prefix, folder, whole } of rules) {
      if (!specifier.startsWith(prefix)) continue;
      const rest = (whole ? specifier : specifier.slice(prefix.length)).replaceAll("\\", "/");
      const found = known(files, joined(folder, `${rest}.php`));
      if (found !== undefined) return found;
    }
    const parts = specifier.split("\\");
    for (let skip = 0; skip <= parts.length - 2; skip += 1) {
      const found = files.endingIn(`${parts.slice(skip).join("/")}.php`);
      if (found.length === 1) return found[0];
    }
    return undefined;
  };
}

/** C and C++: relative to the file, from an include folder above it, else the only file whose path ends so; "<…>" never relative. */
export function openCImports(files: Files): Resolve {
  return (from, specifier) => {
    const isSystem = specifier.startsWith("<");
    const name = isSystem ? specifier.slice(1, -1) : specifier;
    const own = isSystem ? undefined : known(files, joined(folderOf(from), name));
    if (own !== undefined) return own;
    for (const folder of upwards(folderOf(from)))
      for (const base of ["include", "src", "inc", ""]) {
        // A system header's plain name at the root or beside the file is a chance meeting.
        if (isSystem && (base === "" || base === "src") && !name.includes("/")) continue;
        const found = known(files, joined(folder, base === "" ? name : `${base}/${name}`));
        if (found !== undefined) return found;
      }
    const end = joined("", name.replace(/^(?:\.\.?\/)+/, ""));
    const ending = end === undefined || (isSystem && !end.includes("/")) ? [] : files.endingIn(end);
    return ending.length === 1 ? ending[0] : undefined;
  };
}

/** Shell: relative to the script, else to the root. */
export function openShellImports(files: Files): Resolve {
  return (from, specifier) => known(files, joined(folderOf(from), specifier)) ?? known(files, joined("", specifier));
}

/** Style sheets: relative, with the endings and the underscore that SCSS leaves out. */
export function openCssImports(files: Files): Resolve {
  return (from, specifier) => {
    const path = joined(folderOf(from), specifier.replace(/^~/, ""));
    if (path === undefined) return undefined;
    const hidden = joined(folderOf(path), `_${nameOf(path)}`) ?? path;
    const stems = [path, hidden, `${path}/index`, `${path}/_index`];
    return stems
      .flatMap((stem) => ["", ".css", ".scss", ".less", ".sass"].map((end) => stem + end))
      .find((one) => files.has(one));
  };
}

function known(files: Files, path: string | undefined): string | undefined {
  return path !== undefined && files.has(path) ? path : undefined;
}
