// What a process of ours gets from the outside: an allow-list. The rest of a shell's environment is full of tokens
// that no process here has any business to know.
const PASSED_ON = [
  "PATH",
  "HOME",
  "USER",
  "LANG",
  "LC_ALL",
  "TZ",
  "TMPDIR",
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "NO_PROXY",
  "http_proxy",
  "https_proxy",
  "no_proxy",
  "NODE_EXTRA_CA_CERTS",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  "CURL_CA_BUNDLE",
  "REQUESTS_CA_BUNDLE",
  "GIT_SSL_CAINFO",
  "PIP_CERT",
];

/**
 * @param {Record<string, string | undefined>} outside
 * @param {Record<string, string | null | undefined>} own what this process alone is told; empty values are left out
 */
export function childEnvironment(outside, own) {
  /** @type {Record<string, string>} */
  const env = { NODE_ENV: "production", NO_COLOR: "1" };
  for (const name of PASSED_ON) if (outside[name]) env[name] = outside[name];
  for (const [name, value] of Object.entries(own))
    if (value !== null && value !== undefined && value !== "") env[name] = value;
  return env;
}
