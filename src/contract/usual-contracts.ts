/** Where a project keeps its API contract where nobody says; the first that is there counts. */
export const USUAL_CONTRACTS: readonly string[] = ["", "docs/", "api/", "doc/", "spec/"].flatMap((folder) =>
  [
    "API_CONTRACT.md",
    "api-contract.md",
    "openapi.yaml",
    "openapi.yml",
    "openapi.json",
    "swagger.yaml",
    "swagger.yml",
    "swagger.json",
  ].map((name) => `${folder}${name}`),
);
