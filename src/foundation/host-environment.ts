/** What a host needs of our environment: to find programs and certificates, and the way to the network. */
const PASSED_ON = [
  "PATH",
  "HOME",
  "USERPROFILE",
  "SystemRoot",
  "TMPDIR",
  "TEMP",
  "TZ",
  "NODE_EXTRA_CA_CERTS",
  "NODE_USE_ENV_PROXY",
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "NO_PROXY",
  "http_proxy",
  "https_proxy",
  "no_proxy",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
];

/** Of an environment what a host of ours is given: no key, no setting of allot's. Pure. */
export function hostEnvironment(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const passed = PASSED_ON.map((name) => [name, env[name]] as const);
  return Object.fromEntries(passed.filter((pair): pair is readonly [string, string] => pair[1] !== undefined));
}
