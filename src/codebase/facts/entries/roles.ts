import type { Language } from "../../languages/languages.ts";
import type { FileFacts } from "../facts.ts";
import { baseOf } from "../listing/names.ts";

type Role = FileFacts["role"];

const TEST_FOLDER =
  /(?:^|\/)(?:tests?|__tests__|__mocks__|specs?|e2e|testing|test-?utils|cypress|playwright|testdata|integration-?tests?|unit-?tests?|src\/(?:test|androidTest|integrationTest))\//i;
const TEST_NAME =
  /(?:[._-](?:test|tests|spec|specs|e2e|cy)\.[\w.]+|_test\.(?:go|py|rb|c|cc|cpp|dart|exs)|_spec\.rb)$|^(?:test_[\w-]+\.py|conftest\.py|tests?\.(?:py|[cm]?[jt]sx?|rb|sh)|[\w-]+(?:Test|Tests|TestCase|IT|Spec)\.(?:java|kt|cs|php|scala|groovy))$/;
const DOCS_FOLDER = /(?:^|\/)(?:docs?|documentation|man|wiki)\//i;
const DOCS_NAME =
  /\.(?:md|mdx|markdown|mdown|rst|adoc|asciidoc|txt|tex|org|pod|rdoc|textile|1)$|^(?:README|LICEN[CS]E|COPYING|NOTICE|AUTHORS|CONTRIBUTORS|CHANGE(?:LOG|S)|HISTORY|NEWS|CODEOWNERS|MAINTAINERS|CONTRIBUTING|SECURITY|PATENTS|TODO)(?:[.-][\w.]+)?$/i;
const CONFIG_NAME =
  /^(?:Dockerfile|Containerfile|Makefile|GNUmakefile|CMakeLists\.txt|Jenkinsfile|Procfile|Vagrantfile|Brewfile|Justfile|Tiltfile|BUILD|WORKSPACE|go\.mod|go\.work|requirements[\w-]*\.txt|constraints\.txt|robots\.txt|MANIFEST\.in|meson\.build|build\.gradle|settings\.gradle)(?:\.[\w-]+)?$|\.(?:config|conf)\.[cm]?[jt]s$|\.(?:toml|ini|cfg|conf|properties|editorconfig|env|mk|cmake|gradle|bazel|bzl|tf|tfvars|hcl|nix|csproj|sln|props|targets|xcconfig|plist|service|rc|example|sample|template|dist)$|^\.[\w-]+(?:rc|ignore|attributes|config|modules|keep)?(?:\.[\w-]+)?$/i;
const CONFIG_JSON =
  /^(?:package|tsconfig|jsconfig|composer|lerna|nx|turbo|vercel|now|firebase|manifest|app|angular|project|deno|bower|settings|launch|tasks|renovate|babel|biome|cspell|jest|workspace|rush|global|appsettings|config|configuration|openapi|swagger|schema)(?:[.-][\w.-]+)?\.jsonc?$/i;
const DATA_FOLDER =
  /(?:^|\/)(?:data|fixtures?|locales?|i18n|l10n|lang|translations?|messages|samples?|seeds?|assets|static|public|__fixtures__|__snapshots__|snapshots|testdata|datasets?)\//i;
const CODE_LANGUAGES = new Set<Language>([
  "javascript",
  "typescript",
  "python",
  "go",
  "java",
  "rust",
  "ruby",
  "php",
  "c",
  "cpp",
  "csharp",
  "shell",
  "css",
  "html",
  "sql",
]);
/** Code in languages that nobody here reads the symbols of. */
const CODE_EXTENSION =
  /\.(?:kt|kts|swift|scala|clj|cljs|cljc|ex|exs|erl|hrl|hs|lhs|ml|mli|fs|fsx|fsi|lua|pl|pm|r|jl|dart|groovy|m|mm|vb|pas|d|nim|zig|cr|v|sv|vhd|vhdl|asm|s|f|f90|f95|cob|lisp|el|scm|rkt|tcl|ps1|psm1|bat|cmd|fish|awk|sass|styl|graphql|gql|proto|thrift|prisma|sol|vy|wgsl|glsl|hlsl|vert|frag|metal|hbs|handlebars|mustache|ejs|pug|jade|jinja|jinja2|j2|twig|liquid|erb|haml|slim|jsp|aspx|cshtml|razor|svelte|vue|astro|tmpl|templ)$/i;

/** What a file is for, by its path and language. Pure. */
export function roleOf(path: string, language: Language): Role {
  const name = baseOf(path);
  const isCode = CODE_LANGUAGES.has(language) || CODE_EXTENSION.test(name);
  if (isCode && (TEST_NAME.test(name) || TEST_FOLDER.test(path)))
    return language === "html" || language === "sql" ? "data" : "test";
  if (isCode) {
    if (CONFIG_NAME.test(name)) return "config";
    return language === "html" && DOCS_FOLDER.test(path) ? "docs" : "code";
  }
  if (language === "markdown") return "docs";
  const isData = DATA_FOLDER.test(path) || TEST_FOLDER.test(path);
  if (language === "json") return CONFIG_JSON.test(name) || (name.startsWith(".") && !isData) ? "config" : "data";
  if (CONFIG_NAME.test(name)) return "config";
  if (language === "yaml" || language === "toml") return isData ? "data" : "config";
  return DOCS_NAME.test(name) ? "docs" : "data";
}
