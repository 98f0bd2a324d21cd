/** How the web app is built and served: no banner, no image service, nothing fetched from elsewhere. */
import { join } from "node:path";
import type { NextConfig } from "next";

const repository = join(import.meta.dirname, "../..");

const config: NextConfig = {
  poweredByHeader: false,
  reactStrictMode: true,
  devIndicators: false,
  images: { unoptimized: true },
  // Our packages are TypeScript sources; the database driver and the Prisma runtime stay ordinary Node modules.
  // Types are checked by npm run check, for the whole tree at once; a start does not wait for them.
  typescript: { ignoreBuildErrors: true },
  transpilePackages: ["@nightgate/shared", "@nightgate/chains", "@nightgate/db", "@nightgate/acme"],
  serverExternalPackages: ["pg", "@prisma/client", "@prisma/adapter-pg", "pino", "@peculiar/x509"],
  turbopack: { root: repository },
  outputFileTracingRoot: repository,
  // What programs look up by well-known names (RFC 8414, RFC 9728), also where a client puts the resource's path behind.
  rewrites: async () =>
    await Promise.resolve(
      ["authorization-server", "protected-resource"].flatMap((name) =>
        ["", "/mcp"].map((path) => ({
          source: `/.well-known/oauth-${name}${path}`,
          destination: `/api/access/metadata/${name}`,
        })),
      ),
    ),
  allowedDevOrigins: ["web.localhost"],
};

export default config;
