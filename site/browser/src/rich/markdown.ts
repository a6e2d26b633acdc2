/// Markdown of user code, sanitised to a short list of elements. Loaded when there is some.
import DOMPurify from "dompurify";
import { Marked } from "marked";

const TAGS = "p br hr em strong del code pre blockquote ul ol li a h1 h2 h3 h4 h5 h6 table thead tbody tr th td".split(
  " ",
);

/// HTML within Markdown is shown as the text that it is.
const renderer = new Marked({
  gfm: true,
  renderer: { html: ({ text }) => text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`) },
});

export function markdownView(text: string): HTMLElement {
  const box = document.createElement("div");
  box.className = "prose shown-markdown";
  const html = renderer.parse(text, { async: false });
  const clean = DOMPurify.sanitize(html, {
    ALLOWED_TAGS: TAGS,
    ALLOWED_ATTR: ["href"],
    ALLOWED_URI_REGEXP: /^(?:https?:|mailto:)/i,
    RETURN_DOM_FRAGMENT: true,
  });
  for (const link of clean.querySelectorAll("a")) {
    link.target = "_blank";
    link.rel = "nofollow noopener noreferrer ugc";
  }
  // The page has its own headings, and code scrolls sideways.
  for (const heading of clean.querySelectorAll("h1, h2, h3, h4, h5, h6")) {
    heading.setAttribute("role", "presentation");
  }
  for (const code of clean.querySelectorAll("pre")) code.tabIndex = 0;
  box.append(clean);
  return box;
}
