/** Tailwind is the only step between our styles and the browser's. */
const config = { plugins: { "@tailwindcss/postcss": {} } };

export default config;
