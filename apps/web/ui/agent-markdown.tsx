/** What an agent wrote, as Markdown without any of its dangers: no HTML, no images (they would be fetched), links that say where they lead. */
import { memo, type ReactNode } from "react";
import Markdown, { type Components } from "react-markdown";
import remarkGfm from "remark-gfm";
import { visibleText } from "./visible-text.ts";

const PLUGINS = [remarkGfm];
const SAFE_LINK = /^(https?:|mailto:)/i;

const COMPONENTS: Components = {
  a: ({ href, children }) =>
    href !== undefined && SAFE_LINK.test(href) ? (
      <a href={href} title={href} target="_blank" rel="noopener noreferrer nofollow">
        {children}
      </a>
    ) : (
      <span>{children}</span>
    ),
  img: ({ alt, src }) => (
    <span className="text-muted">[image: {alt || (typeof src === "string" ? src : "")}]</span>
  ),
  input: ({ checked }) => <span aria-hidden="true">{checked === true ? "☑ " : "☐ "}</span>,
  // A heading of an agent's is no heading of the page, and an empty cell heads nothing.
  ...Object.fromEntries(["h1", "h2", "h3", "h4", "h5", "h6"].map((level) => [level, AgentHeading])),
  th: ({ children }) => (children === undefined ? <td /> : <th>{children}</th>),
  pre: ({ children }) => <pre tabIndex={0}>{children}</pre>,
};

function AgentHeading({ children }: { children?: ReactNode }): ReactNode {
  return <p className="agent-heading">{children}</p>;
}

export const AgentMarkdown = memo(function AgentMarkdown({ text }: { text: string }): ReactNode {
  return (
    <div className="prose-agent anywhere">
      <Markdown remarkPlugins={PLUGINS} components={COMPONENTS} skipHtml>
        {visibleText(text)}
      </Markdown>
    </div>
  );
});
