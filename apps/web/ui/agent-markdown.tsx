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
  pre: ({ children }) => <pre tabIndex={0}>{children}</pre>,
};

export const AgentMarkdown = memo(function AgentMarkdown({ text }: { text: string }): ReactNode {
  return (
    <div className="prose-agent anywhere">
      <Markdown remarkPlugins={PLUGINS} components={COMPONENTS} skipHtml>
        {visibleText(text)}
      </Markdown>
    </div>
  );
});
