"""Checks a split Python module against the old one, without any code of the splitter.

Usage: check_split.py OLD_ROOT NEW_ROOT FRONT PART... (paths relative to the roots). Prints one JSON object: `faults` and
figures. The module is imported by the name that its folder structure gives it.
"""

import ast
import json
import os
import subprocess
import sys
from collections import Counter

PROBE = r"""
import importlib, json, sys, types
name, names, parts = sys.argv[1], json.loads(sys.argv[2]), sys.argv[3:]
front = importlib.import_module(name)
if not parts:
    print(json.dumps(sorted(vars(front))))
    sys.exit()
mods = {p: sys.modules[p] for p in parts}
faults = []
for p, mod in mods.items():
    for n, value in list(vars(mod).items()):
        if n.startswith("__"):
            continue
        if hasattr(front, n) and getattr(front, n) is not value:
            faults.append(f"{n} differs between {name} and {p}")
for n in names:
    if not hasattr(front, n):
        continue
    if n.startswith("__") or isinstance(getattr(front, n, None), types.ModuleType):
        continue
    old, mark = getattr(front, n), object()
    setattr(front, n, mark)
    for p, mod in mods.items():
        if vars(mod).get(n, mark) is not mark:
            faults.append(f"setting {n} does not reach {p}")
    if getattr(front, n) is not mark:
        faults.append(f"setting {n} is not seen in the front")
    setattr(front, n, old)
    if getattr(front, n) is not old:
        faults.append(f"{n} cannot be set back")
print(json.dumps({"names": sorted(vars(front)), "faults": faults}))
"""


def module_name(root, path):
    parts = path[:-3].split("/")
    if parts[-1] == "__init__":
        parts.pop()
    top = len(parts) - 1
    while top > 0 and os.path.exists(os.path.join(root, *parts[:top], "__init__.py")):
        top -= 1
    return ".".join(parts[top:]), os.path.join(root, *parts[:top])


def probe(root, name, folder, names, parts):
    env = {**os.environ, "PYTHONPATH": folder, "PYTHONDONTWRITEBYTECODE": "1"}
    run = subprocess.run([sys.executable, "-c", PROBE, name, json.dumps(names), *parts], cwd=root, env=env, capture_output=True, text=True)
    if run.returncode:
        return None, run.stderr[-800:]
    return json.loads(run.stdout.splitlines()[-1]), ""


def definitions(tree):
    names = set()

    def visit(nodes):
        for node in nodes:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                names.add(node.name)
            elif isinstance(node, (ast.Assign, ast.AnnAssign)):
                for target in getattr(node, "targets", [getattr(node, "target", None)]):
                    names.update(n.id for n in ast.walk(target) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))
            elif isinstance(node, (ast.If, ast.Try, ast.With)):
                visit(ast.iter_child_nodes(node))
            elif isinstance(node, ast.ExceptHandler):
                visit(node.body)

    visit(tree.body)
    return names


def cycle(trees):
    stems = {os.path.basename(path)[:-3]: path for path in trees}
    front = next(iter(trees))
    package = os.path.basename(os.path.dirname(front))
    edges = {path: set() for path in trees}
    for path, tree in trees.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                targets = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                targets = [node.module] if node.module else [alias.name for alias in node.names]
            else:
                continue
            for target in targets:
                last = target.split(".")[-1]
                if last in stems:
                    edges[path].add(stems[last])
                elif front.endswith("__init__.py") and target == package:
                    edges[path].add(front)
    seen, done = [], set()

    def visit(path):
        if path in seen:
            return [*seen[seen.index(path):], path]
        if path in done:
            return None
        seen.append(path)
        for target in sorted(edges[path]):
            found = visit(target)
            if found:
                return found
        seen.pop()
        done.add(path)
        return None

    for path in trees:
        found = visit(path)
        if found:
            return found
    return None


def main(old_root, new_root, front, *parts):
    faults = []
    texts = {path: open(os.path.join(new_root, path), encoding="utf-8", newline="").read() for path in (front, *parts)}
    trees = {path: ast.parse(text) for path, text in texts.items()}
    old = open(os.path.join(old_root, front), encoding="utf-8", newline="").read().splitlines()
    found = Counter(line for text in texts.values() for line in text.splitlines())
    kept = sum(min(count, found[line]) for line, count in Counter(old).items()) / len(old)
    if kept < 0.98:
        faults.append(f"only {kept:.2%} of the old lines are found again")
    where = {}
    for path, tree in trees.items():
        for name in definitions(tree):
            if name in where:
                faults.append(f"{name} is defined in {where[name]} and {path}")
            where[name] = path
    round_trip = cycle(trees)
    if round_trip:
        faults.append("import cycle: " + " -> ".join(round_trip))
    name, folder = module_name(new_root, front)
    old_names, error = probe(old_root, name, module_name(old_root, front)[1], [], [])
    if old_names is None:
        faults.append("the old module does not load here: " + error)
    result, error = probe(new_root, name, folder, old_names or [], [module_name(new_root, part)[0] for part in parts])
    if result is None:
        faults.append("the new module does not load: " + error)
    else:
        faults += result["faults"]
        faults += [f"{n} is gone" for n in old_names or [] if n not in result["names"]]
    lines = {path: text.count("\n") for path, text in texts.items()}
    print(json.dumps({"faults": faults, "kept": kept, "lines": lines}))


main(*sys.argv[1:])
