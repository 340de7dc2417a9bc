import type { LeftOutReason } from "../facts.ts";
import { baseOf } from "../listing/names.ts";

/** Why a file is left out, and what showed it. */
export interface Verdict {
  readonly reason: LeftOutReason;
  readonly detail: string;
}

/** Folders of packages and of environments: never written by hand, and too large to enter. */
const PACKAGE_FOLDERS = new Set([
  "node_modules",
  "bower_components",
  "jspm_packages",
  "site-packages",
  ".venv",
  "venv",
  "virtualenv",
  ".tox",
  ".nox",
  "__pycache__",
  ".yarn",
  ".pnpm-store",
  ".gradle",
  ".terraform",
  ".bundle",
]);

/** Folders of other people's code that is kept in the repository. */
const VENDOR_FOLDERS = new Set([
  "vendor",
  "_vendor",
  "vendored",
  "third_party",
  "third-party",
  "thirdparty",
  "3rdparty",
  "3rd_party",
  "Godeps",
  "Pods",
  "Carthage",
]);

/** Plans and reports of runs are no part of what they are about. */
const OWN_FOLDER = ".allot/";

const LOCK_FILES = new Set([
  "package-lock.json",
  "npm-shrinkwrap.json",
  "yarn.lock",
  "pnpm-lock.yaml",
  "bun.lock",
  "bun.lockb",
  "deno.lock",
  "Cargo.lock",
  "poetry.lock",
  "uv.lock",
  "pdm.lock",
  "pixi.lock",
  "Pipfile.lock",
  "pylock.toml",
  "conda-lock.yml",
  "composer.lock",
  "Gemfile.lock",
  "gems.locked",
  "go.sum",
  "go.work.sum",
  "flake.lock",
  "mix.lock",
  "rebar.lock",
  "pubspec.lock",
  "Podfile.lock",
  "Cartfile.resolved",
  "Package.resolved",
  "packages.lock.json",
  "paket.lock",
  "gradle.lockfile",
  "buildscript-gradle.lockfile",
  ".terraform.lock.hcl",
  "Chart.lock",
  "MODULE.bazel.lock",
  ".pnp.cjs",
  ".pnp.loader.mjs",
]);

const SECRET_NAMES: readonly (readonly [RegExp, string])[] = [
  [/^\.env(?:\.|$)(?!.*(?:example|sample|template|dist|defaults?|schema|tpl)\b)/i, "a file of environment variables"],
  [/^(?!.*(?:example|sample|template)).+\.env$/i, "a file of environment variables"],
  [/^id_(?:rsa|dsa|ecdsa|ed25519)(?:_sk)?$/, "a private key by its name"],
  [/\.(?:pem|key|p8|p12|pfx|jks|keystore|ppk|pkcs12|kdbx|gpg|pgp)$/i, "a key or certificate by its name"],
  [
    /^(?:\.netrc|_netrc|\.pgpass|\.my\.cnf|\.htpasswd|\.git-credentials|\.pypirc|\.dockercfg|\.s3cfg|\.boto)$/,
    "credentials by its name",
  ],
  [/^(?:service[-_]?account|client_secret|google-credentials|gcp-key)[\w.-]*\.json$/i, "credentials by its name"],
  [/^(?:credentials|secrets)(?:\.(?:json|ya?ml|toml|ini|txt))?$/i, "credentials by its name"],
  [/\.tfstate(?:\.backup)?$/, "a state of Terraform, which holds secrets"],
  [/^(?:kubeconfig|master\.key|\.vault[-_]pass(?:word)?)$/i, "credentials by its name"],
];

const GENERATED_NAMES: readonly (readonly [RegExp, string])[] = [
  [
    /(?:\.pb\.(?:go|cc|h|c|rb|swift|dart)|\.pb\.gw\.go|_pb2(?:_grpc)?\.pyi?|_pb\.(?:js|d\.ts|ts|rb)|_grpc_pb\.js|\.pbobjc\.[hm])$/,
    "written by the protocol buffer compiler, by its name",
  ],
  [
    /^zz_generated.*\.go$|(?:_string|_easyjson|_ffjson|\.gen|_gen|_generated|\.generated)\.go$/,
    "generated Go, by its name",
  ],
  [
    /[._-](?:generated|autogen)\.[\w.]+$|\.gen\.[cm]?[jt]sx?$|\.g\.(?:dart|cs|ts|i\.cs)$|\.freezed\.dart$|\.designer\.(?:cs|vb)$/i,
    "generated, by its name",
  ],
  [/\.(?:[cm]?js|css|d\.ts|[cm]?ts)\.map$/, "a source map"],
  [/\.snap$/, "a snapshot written by a test runner"],
  [/\.tsbuildinfo$/, "a build's notes"],
];

const MINIFIED_NAME = /[.-]min\.(?:[cm]?js|css|html?)$|\.bundle\.min\.\w+$/i;

/** What is no text whatever it holds; the rest is looked at. */
const BINARY_EXTENSIONS = new Set(
  (
    "png jpg jpeg gif bmp ico icns webp avif tif tiff psd ai eps heic raw mp3 mp4 m4a m4v mov avi mkv webm ogg oga ogv wav flac aac " +
    "ttf otf woff woff2 eot pdf doc docx xls xlsx ppt pptx odt ods odp zip gz tgz bz2 xz zst lz4 7z rar tar jar war ear apk ipa aab dmg iso img " +
    "deb rpm msi exe dll so dylib a lib o obj pdb class pyc pyo pyd whl egg wasm node bin dat db sqlite sqlite3 mdb rdb parquet avro orc " +
    "npy npz pkl pickle pt pth onnx safetensors gguf h5 hdf5 tflite glb blend fbx stl swf nupkg crx xpi mo res lockb"
  ).split(" "),
);

/** Why a folder of that name is not entered where there is no repository to say what is in it; undefined where it is. Pure. */
export function folderRule(name: string): string | undefined {
  return PACKAGE_FOLDERS.has(name) ? `the folder ${name}/ holds packages` : undefined;
}

/** Why a file is left out by its path alone; undefined where its contents have to say. Pure. */
export function pathRule(path: string): Verdict | undefined {
  const name = baseOf(path);
  const secret = SECRET_NAMES.find(([pattern]) => pattern.test(name));
  if (secret !== undefined && !/\.pub$/.test(name)) return { reason: "secret-file", detail: secret[1] };
  if (path.startsWith(OWN_FOLDER)) return { reason: "ignored", detail: "allot's own files" };
  const folder = vendoredFolder(path);
  if (folder !== undefined) return { reason: "vendored", detail: `in the folder ${folder}/` };
  if (LOCK_FILES.has(name)) return { reason: "lock-file", detail: name };
  const extension = name.slice(name.lastIndexOf(".") + 1).toLowerCase();
  if (extension !== name && BINARY_EXTENSIONS.has(extension)) return { reason: "binary", detail: `.${extension}` };
  if (MINIFIED_NAME.test(name)) return { reason: "minified", detail: "by its name" };
  const generated = GENERATED_NAMES.find(([pattern]) => pattern.test(name));
  return generated === undefined ? undefined : { reason: "generated", detail: generated[1] };
}

function vendoredFolder(path: string): string | undefined {
  for (let from = 0; ;) {
    const slash = path.indexOf("/", from);
    if (slash < 0) return undefined;
    const folder = path.slice(from, slash);
    if (VENDOR_FOLDERS.has(folder) || PACKAGE_FOLDERS.has(folder)) return folder;
    from = slash + 1;
  }
}
